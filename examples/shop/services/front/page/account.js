// Who is there. The access token lives in this page only; what outlasts a reload is a cookie that
// no script can read.

import { ask, carry, NoAnswer, Refusal, SESSION } from './ask.js'
import { $, newKey, note } from './dom.js'
import { say } from './words.js'

let account = null
let making = false // an account, rather than signing in
let reason = ''
let pending = null // the registration that has no certain answer yet: {key, body}
let done = () => {}
export const changed = new EventTarget()

export const signedIn = () => account !== null
export const who = () => account?.id

// After a reload. The cookie's name is no secret, but only the service can see it: it is asked.
export async function resume() {
  if (!localStorage.getItem('signed-in')) return
  try {
    enter(await ask('refresh', SESSION, { method: 'PUT' }))
  } catch (error) {
    if (error instanceof Refusal) localStorage.removeItem('signed-in')
  }
}

// Resolves when the person is signed in; never when they would rather not.
export function signIn(why = '') {
  if (account) return Promise.resolve()
  reason = why
  making = !localStorage.getItem('been-here')
  draw()
  note('account-state', '')
  $('account').showModal()
  return new Promise((resolve) => { done = resolve })
}

async function submit(event) {
  event.preventDefault()
  const form = event.target
  const { name, email, password } = Object.fromEntries(new FormData(form))
  if (!form.checkValidity()) {
    note('account-state', say('fill-in'), true)
    form.querySelector(':invalid').focus()
    return
  }
  $('account-submit').disabled = true
  note('account-state', say('working'))
  try {
    enter(making ? await signUp({ name, email, password }) : await signInAs({ email, password }))
    form.reset()
    $('account').close()
    done()
  } catch (error) {
    note('account-state', explained(error), true)
  }
  $('account-submit').disabled = false
}

async function signUp(body) {
  if (JSON.stringify(pending?.body) !== JSON.stringify(body)) pending = { key: newKey(), body }
  try {
    const told = await ask('sign-up', '/api/accounts', { method: 'POST', ...pending })
    pending = null
    return told
  } catch (error) {
    if (error instanceof Refusal) pending = null
    throw error
  }
}

const signInAs = (body) => ask('sign-in', SESSION, { method: 'POST', body })

function enter(told) {
  account = told.account
  carry(told.token ?? null)
  localStorage.setItem('signed-in', '1')
  localStorage.setItem('been-here', '1')
  draw()
  changed.dispatchEvent(new Event('account'))
}

async function signOut() {
  try {
    await ask('sign-out', SESSION, { method: 'DELETE' })
  } catch {
    return
  }
  account = null
  carry(null)
  localStorage.removeItem('signed-in')
  draw()
  changed.dispatchEvent(new Event('account'))
}

function explained(error) {
  if (error instanceof NoAnswer) return say('account-lost')
  if (error.status === 401) return say('wrong')
  if (error.status === 409) return say('taken')
  return say('refused', { problems: error.message })
}

export function draw() {
  $('to-account').textContent = account ? say('sign-out') : say('sign-in')
  $('to-account').title = account ? account.email : ''
  $('to-orders').hidden = !account
  $('account-title').textContent = say(making ? 'sign-up-title' : 'sign-in-title')
  $('account-submit').textContent = say(making ? 'sign-up' : 'sign-in')
  $('account-why').textContent = reason ? say(reason) : ''
  $('account-why').hidden = !reason
  $('name-label').hidden = !making
  $('name-label').querySelector('input').required = making
  $('account-form').elements.password.autocomplete = making ? 'new-password' : 'current-password'
  $('switch-why').textContent = say(making ? 'have-one' : 'new-here')
  $('switch').textContent = say(making ? 'sign-in' : 'sign-up')
}

$('account-form').addEventListener('submit', submit)
$('to-account').addEventListener('click', () => (account ? signOut() : signIn()))
$('switch').addEventListener('click', () => { making = !making; note('account-state', ''); draw() })

// How the page asks. Any request may meet a host that has just lost its power: it has a time limit
// and is tried again for a few seconds, so that a failover looks like a brief pause. Whoever asks
// makes sure that trying again does no harm: by reading, by setting, or by an Idempotency-Key.

import { pause } from './dom.js'

const TRY_MS = 2500
const PATIENCE_MS = 8000
const PAUSES_MS = [100, 200, 400, 600, 800]
const SLOW_MS = 900 // so long nobody is told that somebody waits

export const heard = new EventTarget() // 'served': {step, by, ms, tries}; 'waiting': how many wait
let access = null // the token that says who asks
let renewing = null
let waiting = 0

export class Refusal extends Error {
  constructor(status, problems) {
    super(problems.map(({ field, problem }) => `${field} ${problem}`.trim()).join('; '))
    this.status = status
  }
}

export class NoAnswer extends Error {}

export function carry(token) {
  access = token
}

// Resolves with what the service answered. Throws Refusal when it says no, NoAnswer when nobody
// has said anything certain for a few seconds.
export async function ask(step, path, { method = 'GET', body, key, once = false } = {}) {
  const headers = {}
  if (body !== undefined) headers['content-type'] = 'application/json'
  if (key) headers['idempotency-key'] = key
  const options = { method, headers, body: body === undefined ? undefined : JSON.stringify(body) }
  const began = performance.now()
  const patience = waits(began)
  try {
    for (let tries = 1; ; tries += 1) {
      const answer = await attempt(step, path, options, began, tries)
      if (answer) return answer
      const left = PATIENCE_MS - (performance.now() - began)
      if (once || left <= 0) throw new NoAnswer(path)
      patience.now()
      await pause(jittered(PAUSES_MS[Math.min(tries, PAUSES_MS.length) - 1]))
    }
  } finally {
    patience.over()
  }
}

// One try: what was answered, or null when that was nothing certain.
async function attempt(step, path, options, began, tries) {
  let response
  let told
  try {
    const headers = { ...options.headers, ...(access && { authorization: `Bearer ${access}` }) }
    response = await fetch(path, { ...options, headers, signal: AbortSignal.timeout(TRY_MS) })
    told = await response.json().catch(() => null)
  } catch {
    return null
  }
  const by = response.headers.get('x-served-by')
  if (by) tell('served', { step, by, ms: Math.round(performance.now() - began), tries })
  if (response.status === 401 && access && path !== SESSION && (await renewed())) return null
  if (!told) return null // cut short: whatever the status says, the rest of the answer is lost
  if (response.ok) return told
  if (response.status < 500 && response.status !== 429 && response.status !== 408) {
    throw new Refusal(response.status, told?.problems ?? [])
  }
  return null
}

export const SESSION = '/api/accounts/session'

// The next access token, by the cookie that only the accounts service reads. One request for all
// who need it at once.
async function renewed() {
  renewing ??= ask('refresh', SESSION, { method: 'PUT' }).then(
    ({ token }) => { access = token; return true },
    () => { access = null; return false },
  ).finally(() => { renewing = null })
  return renewing
}

function waits(began) {
  let told = false
  const now = () => {
    if (!told) { told = true; waiting += 1; tell('waiting', waiting) }
  }
  const timer = setTimeout(now, SLOW_MS - (performance.now() - began))
  const over = () => {
    clearTimeout(timer)
    if (told) { waiting -= 1; tell('waiting', waiting) }
  }
  return { now, over }
}

function tell(type, detail) {
  heard.dispatchEvent(new CustomEvent(type, { detail }))
}

const jittered = (ms) => ms * (0.75 + Math.random() / 2)

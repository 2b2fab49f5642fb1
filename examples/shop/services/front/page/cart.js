// The cart. Each change says how many there are to be, so that it may be sent twice; changes are
// sent one after the other, in the order in which they were made.

import { ask } from './ask.js'
import { $, make, note } from './dom.js'
import { good, nameOf } from './goods.js'
import { money, say } from './words.js'

const MOST = 99
let wanted = new Map() // item -> how many, as the person sees it
let sending = Promise.resolve()
export const changed = new EventTarget()

export const inCart = (id) => wanted.get(id) ?? 0
export const lines = () => [...wanted].map(([item, quantity]) => ({ item, quantity }))

export async function fetchCart() {
  const { cart } = await ask('cart', '/api/cart')
  take(cart)
}

export const add = (id) => set(id, inCart(id) + 1)

async function set(id, quantity) {
  const before = inCart(id)
  keep(id, Math.min(Math.max(quantity, 0), MOST))
  draw()
  const sent = sending.then(() => ask('put', `/api/cart/items/${id}`, { method: 'PUT', body: { quantity: inCart(id) } }))
  sending = sent.catch(() => {})
  try {
    await sent
    note('order-state', '')
  } catch (error) {
    keep(id, before)
    note('order-state', say('refused', { problems: error.message }), true)
  }
  draw()
}

export async function empty() {
  wanted = new Map()
  draw()
  await ask('empty', '/api/cart', { method: 'DELETE' })
}

function take(cart) {
  wanted = new Map(cart.map(({ item, quantity }) => [item, quantity]))
  draw()
}

function keep(id, quantity) {
  if (quantity) wanted.set(id, quantity)
  else wanted.delete(id)
}

export function draw() {
  const count = [...wanted.values()].reduce((sum, each) => sum + each, 0)
  const total = [...wanted].reduce((sum, [id, quantity]) => sum + quantity * (good(id)?.price ?? 0), 0)
  $('cart-count').textContent = count
  $('cart-count').hidden = !count
  $('cart-empty').hidden = count > 0
  $('cart-foot').hidden = !count
  $('cart-total').textContent = money(total)
  $('cart-lines').replaceChildren(...[...wanted].filter(([id]) => good(id)).map(drawLine))
  changed.dispatchEvent(new Event('cart'))
}

function drawLine([id, quantity]) {
  const name = nameOf(id)
  const step = (word, text, to) => make('button', {
    type: 'button', className: 'step', aria: { label: say(word, { name }) }, onclick: () => set(id, to),
  }, text)
  return make('li', { data: { item: id } },
    make('img', { src: good(id).picture, alt: '', width: 64, height: 64 }),
    make('div', {}, make('b', {}, name), make('span', { className: 'note' }, money(good(id).price))),
    make('div', { className: 'count' }, step('fewer', '−', quantity - 1), make('output', {}, String(quantity)),
      step('another', '+', quantity + 1)))
}

$('to-cart').addEventListener('click', () => { note('order-state', ''); $('cart').showModal() })

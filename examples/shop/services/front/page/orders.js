// Ordering, and the orders. An order has its key before it is sent first, and both are remembered
// until there is a certain answer, through a reload too: whatever happens, it is one order.

import { signedIn, signIn, who } from './account.js'
import { ask, NoAnswer, Refusal } from './ask.js'
import { empty, lines } from './cart.js'
import { $, make, newKey, note, pause } from './dom.js'
import { good, nameOf } from './goods.js'
import { money, moment, say } from './words.js'

const PENDING = 'order-without-answer'
const LOOK_AGAIN_MS = 1200
const PAGE = 20

let orders = null
let placedBy = new Map() // order -> who took it, as far as this page knows
let looking = false

// The person's own only: in the meantime somebody else may have signed in here.
function pending() {
  const kept = JSON.parse(localStorage.getItem(PENDING))
  return kept?.who === who() ? kept : null
}

export async function order() {
  $('order').disabled = true
  try {
    await signIn('to-order')
    note('order-state', say('ordering'))
    if (!pending()) {
      localStorage.setItem(PENDING, JSON.stringify({ who: who(), key: newKey(), body: { lines: lines() } }))
    }
    await finish()
    $('cart').close()
    note('order-state', '')
    location.hash = 'orders'
  } catch (error) {
    const said = error instanceof NoAnswer ? say('order-lost') : say('refused', { problems: error.message })
    note('order-state', said, true)
  }
  $('order').disabled = false
}

// Sends the order that has no certain answer, until it has one.
async function finish() {
  try {
    const { key, body } = pending()
    const { order: placed, served_by: by } = await ask('order', '/api/orders', { method: 'POST', key, body })
    placedBy.set(placed.id, by)
    orders = [placed, ...(orders ?? []).filter(({ id }) => id !== placed.id)]
  } catch (error) {
    if (error instanceof Refusal && error.status !== 401) localStorage.removeItem(PENDING)
    throw error
  }
  // The cart first: who reloads in between sees this order again, not a full cart to order twice.
  await empty().catch(() => {})
  localStorage.removeItem(PENDING)
}

// After a reload in the middle of an order.
export async function resumeOrder() {
  if (!signedIn() || !pending()) return
  try {
    await finish()
    location.hash = 'orders'
  } catch { /* the person sees the cart as it was, and may press again */ }
}

export async function showOrders() {
  if (!signedIn()) {
    note('orders-state', say('sign-in-first'))
    orders = null
    draw()
    return
  }
  draw()
  for (;;) {
    try {
      orders = (await ask('orders', `/api/orders?limit=${PAGE}`)).orders
      note('orders-state', orders.length ? '' : say('orders-none'))
      break
    } catch (error) {
      if (error instanceof Refusal) return
      note('orders-state', say('orders-away'), true)
      await pause(LOOK_AGAIN_MS)
    }
  }
  draw()
  watch()
}

// Looks at open orders now and then, until all are settled or nobody looks any more.
async function watch() {
  if (looking) return
  looking = true
  const open = () => (location.hash === '#orders' ? orders?.find((each) => !each.settled_at) : null)
  while (open()) {
    await pause(LOOK_AGAIN_MS)
    if (document.hidden || !open()) continue
    const { id } = open()
    const seen = await ask('settled', `/api/orders/${id}`).catch(() => null)
    if (seen) orders = orders.map((each) => (each.id === id ? seen.order : each))
    draw()
  }
  looking = false
}

export function draw() {
  $('orders').replaceChildren(...(orders ?? []).map(drawOrder))
}

function drawOrder(each) {
  return make('li', { data: { order: each.id } },
    make('header', {}, make('h2', {}, say('number', { id: each.id })), make('b', {}, money(each.total))),
    make('ul', { className: 'lines' }, ...each.lines.map(drawLine)),
    make('ol', { className: 'course' }, drawPlaced(each), drawSettled(each)))
}

function drawLine({ item, quantity, price }) {
  return make('li', {}, make('img', { src: good(item)?.picture ?? '/icon.svg', alt: '', width: 44, height: 44 }),
    make('span', {}, `${quantity} × ${nameOf(item)}`), make('span', { className: 'note' }, money(price * quantity)))
}

function drawPlaced(each) {
  const by = placedBy.get(each.id)
  return drawStage('done', say('placed'), moment(each.placed_at), by ? say('placed-by', { by }) : '')
}

function drawSettled(each) {
  if (!each.settled_at) return drawStage('open', say('open'), '', '')
  return drawStage('done', say('settled'), moment(each.settled_at), say('settled-by', { by: each.settled_by }))
}

function drawStage(state, title, when, why) {
  return make('li', { className: state }, make('b', {}, title), ' ', make('span', { className: 'note' }, when),
    make('span', { className: 'note by' }, why))
}

$('order').addEventListener('click', order)

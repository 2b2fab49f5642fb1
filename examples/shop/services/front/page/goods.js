// The goods, and one of them looked at closely.

import { ask } from './ask.js'
import { add, inCart } from './cart.js'
import { $, make, note, pause } from './dom.js'
import { money, say, spoken } from './words.js'

let goods = []
let looked = {}
let shown = null

export const good = (id) => goods.find((each) => each.id === id)
export const nameOf = (id) => good(id)?.name[spoken()] ?? id

export async function fetchGoods() {
  note('goods-state', say('loading'))
  while (!goods.length) {
    try {
      goods = (await ask('goods', '/api/catalogue')).goods
    } catch {
      note('goods-state', say('no-goods'), true)
      await pause(1000)
    }
  }
  note('goods-state', '')
  ask('looks', '/api/looks').then(({ looks }) => { looked = looks }).catch(() => {})
}

export function drawGoods() {
  $('goods').replaceChildren(...goods.map(drawGood))
  if (shown) describe(good(shown))
}

function drawGood(each) {
  const name = each.name[spoken()]
  const picture = make('img', { src: each.picture, alt: '', width: 240, height: 240, loading: 'lazy' })
  const look = make('button', {
    type: 'button', className: 'look', aria: { label: say('look', { name }) }, onclick: () => open(each.id),
  }, picture)
  const put = make('button', { type: 'button', className: 'small', data: { item: each.id }, onclick: () => put_(put, each.id) },
    say(inCart(each.id) ? 'added' : 'add'))
  put.classList.toggle('quiet', inCart(each.id) > 0)
  return make('li', {}, look, make('h2', {}, name),
    make('div', { className: 'buy' }, make('span', { className: 'price' }, money(each.price)), put))
}

async function put_(button, id) {
  button.disabled = true
  button.textContent = say('adding')
  await add(id)
  button.disabled = false
}

function open(id) {
  shown = id
  describe(good(id))
  $('good').showModal()
  ask('look', `/api/looks/${id}`, { method: 'POST', body: {}, once: true }).then(({ looks }) => {
    looked[id] = looks
    if (shown === id) describe(good(id))
  }).catch(() => {})
}

function describe(each) {
  $('good-picture').src = each.picture
  $('good-name').textContent = each.name[spoken()]
  $('good-about').textContent = each.about[spoken()]
  $('good-price').textContent = money(each.price)
  $('good-looks').textContent = looked[each.id] ? say('looks', { count: looked[each.id] }) : ''
}

$('good').addEventListener('close', () => { shown = null })
$('good-add').addEventListener('click', async () => {
  await put_($('good-add'), shown)
  $('good').close()
  $('good-add').textContent = say('add')
})

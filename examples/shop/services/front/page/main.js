// The page: what is shown when, and in which language. Everything else has a module of its own.

import * as account from './account.js'
import * as cart from './cart.js'
import { $ } from './dom.js'
import { drawGoods, fetchGoods } from './goods.js'
import * as orders from './orders.js'
import * as strip from './strip.js'
import { speak, switchLanguage } from './words.js'

function draw() {
  speak()
  drawGoods()
  cart.draw()
  account.draw()
  orders.draw()
  strip.draw()
}

function show() {
  const name = location.hash === '#orders' ? 'orders' : 'shop'
  $('view-shop').hidden = name !== 'shop'
  $('view-orders').hidden = name !== 'orders'
  scrollTo(0, 0)
  if (name === 'orders') orders.showOrders()
}

// A click on what lies behind an open dialog closes it.
for (const dialog of document.querySelectorAll('dialog')) {
  dialog.addEventListener('click', ({ target }) => {
    if (target === dialog || target.closest('[data-close]')) dialog.close()
  })
}
$('language').addEventListener('click', () => { switchLanguage(); draw() })
cart.changed.addEventListener('cart', drawGoods)
account.changed.addEventListener('account', () => { if (location.hash === '#orders') orders.showOrders() })
addEventListener('hashchange', show)

draw()
const begun = Promise.allSettled([fetchGoods(), cart.fetchCart(), account.resume()])
begun.then(() => { draw(); show(); orders.resumeOrder() })

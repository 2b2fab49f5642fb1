// Who served what: the last answer always in sight, every step and the evenness on demand.

import { ask, heard } from './ask.js'
import { $, make } from './dom.js'
import { say } from './words.js'

const STEPS_KEPT = 30
const ASK_TIMES = 60

let steps = []
const tally = new Map() // "host/service/instance" -> answers

heard.addEventListener('served', ({ detail }) => {
  tally.set(detail.by, (tally.get(detail.by) ?? 0) + 1)
  if (detail.step !== 'asked') steps = [detail, ...steps].slice(0, STEPS_KEPT)
  draw()
})

heard.addEventListener('waiting', ({ detail: count }) => {
  $('waiting').hidden = count === 0
  $('waiting').querySelector('span').textContent = say('waiting')
})

export function draw() {
  $('last').textContent = steps.length ? told(steps[0]) : say('nothing-yet')
  if (!$('served').open) return
  $('steps').replaceChildren(...steps.map(drawStep))
  const groups = new Map()
  for (const [by, answers] of tally) {
    const [host, service, instance] = by.split('/')
    count(groups, say('hosts'), host, answers)
    count(groups, service, `${host} · ${instance}`, answers)
  }
  $('tally').replaceChildren(...ordered(groups).map(([service, rows]) => drawGroup(service, rows)))
}

const told = ({ step, by, ms }) => say('last', { step: say(`step-${step}`), by, ms })

function drawStep(each) {
  const tries = each.tries > 1 ? ` · ${say('tries', { count: each.tries })}` : ''
  return make('li', {}, make('span', {}, say(`step-${each.step}`)), make('code', {}, each.by),
    make('span', { className: 'note' }, `${each.ms} ms${tries}`))
}

function count(groups, group, row, answers) {
  if (!groups.has(group)) groups.set(group, new Map())
  groups.get(group).set(row, (groups.get(group).get(row) ?? 0) + answers)
}

const ordered = (named) => [...named].sort(([one], [other]) => one.localeCompare(other, 'en', { numeric: true }))

function drawGroup(service, rows) {
  const total = [...rows.values()].reduce((sum, answers) => sum + answers, 0)
  const most = Math.max(...rows.values())
  const percent = Math.round((most / (total / rows.size) - 1) * 100)
  return make('div', {}, make('h3', {}, say('even', { service, count: total, percent })),
    ...ordered(rows).map(([name, answers]) => make('div', { className: 'row' }, make('span', {}, name),
      make('progress', { max: most, value: answers, aria: { label: name } }), make('span', {}, String(answers)))))
}

async function askOften() {
  $('ask').disabled = true
  for (let asked = 0; asked < ASK_TIMES; asked += 1) {
    await ask('asked', asked % 2 ? '/served' : '/api/catalogue').catch(() => {})
  }
  $('ask').disabled = false
}

$('served').addEventListener('toggle', draw)
$('ask').addEventListener('click', askOften)
$('forget').addEventListener('click', () => { tally.clear(); steps = []; draw() })

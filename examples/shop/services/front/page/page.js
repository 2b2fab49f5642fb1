// The shop's page: registers people, lists the newest, and counts who served each answer.
// Every request may meet a host that has just lost its power: it has a time limit and is tried
// again; a registration carries one Idempotency-Key through all its tries, so it happens once.

const TRY_MS = 3000
const PAUSE_MS = 300
const TRIES = 6
const REFRESH_MS = 2000
const ASK_TIMES = 60

const WORDS = {
  en: {
    'language': '中文',
    'state-asking': 'asking …',
    'state-good': 'serving',
    'state-bad': 'no answer, trying again',
    'register-title': 'Register',
    'register-why': 'An account is confirmed only when a second machine has stored it too.',
    'name': 'Name',
    'email': 'E-mail',
    'register': 'Register',
    'registering': 'Registering …',
    'again': 'No answer yet, trying again (no second account will come of it) …',
    'done': 'Welcome, {name}. Account {id}, served by {by}.',
    'lost': 'No certain answer. Register again with the same entries: it stays one account.',
    'taken': 'This e-mail address is registered already.',
    'refused': 'Please check: {problems}',
    'newest-title': 'Newest accounts',
    'none': 'Nobody yet. Be the first.',
    'served-title': 'Who served you',
    'served-why': 'Each answer names the host and the instance that gave it.',
    'ask': 'Ask 60 times',
    'forget': 'Start over',
    'last': 'Last answer: {by}, {ms} ms',
    'hosts': 'hosts',
    'served': '{service}: {count} answers',
  },
  zh: {
    'language': 'English',
    'state-asking': '正在询问……',
    'state-good': '服务正常',
    'state-bad': '暂无应答，正在重试',
    'register-title': '注册账户',
    'register-why': '只有当第二台机器也存好之后，账户才会得到确认。',
    'name': '姓名',
    'email': '电子邮箱',
    'register': '注册',
    'registering': '正在注册……',
    'again': '还没有应答，正在重试（不会因此多出一个账户）……',
    'done': '{name}，欢迎！账户编号 {id}，由 {by} 提供服务。',
    'lost': '没有得到确定的答复。请用相同内容再注册一次，不会重复开户。',
    'taken': '这个电子邮箱已经注册过了。',
    'refused': '请检查：{problems}',
    'newest-title': '最新账户',
    'none': '还没有人注册，来做第一个吧。',
    'served-title': '谁为您服务',
    'served-why': '每个应答都写明由哪台主机、哪个实例给出。',
    'ask': '连问 60 次',
    'forget': '重新计数',
    'last': '最近一次应答：{by}，{ms} 毫秒',
    'hosts': '主机',
    'served': '{service}：{count} 次应答',
  },
}

const $ = (id) => document.getElementById(id)
const pause = (ms) => new Promise((done) => setTimeout(done, ms))
const tally = new Map() // "host/service/instance" -> answers
let language = localStorage.getItem('language') ?? (navigator.language.startsWith('zh') ? 'zh' : 'en')
let key = null // of the registration that has no certain answer yet
let keyFor = ''

function say(word, values = {}) {
  return WORDS[language][word].replace(/\{(\w+)\}/g, (_, name) => values[name])
}

function show(id, word, values = {}, bad = false) {
  $(id).textContent = word ? say(word, values) : ''
  $(id).classList.toggle('bad', bad)
}

function speak() {
  document.documentElement.lang = language === 'zh' ? 'zh-Hans' : 'en'
  for (const element of document.querySelectorAll('[data-say]')) {
    element.textContent = say(element.dataset.say)
  }
  for (const id of ['result', 'last']) $(id).textContent = ''
  drawTally()
}

// One try. Throws when there is no answer in time, or one that says "later" (5xx).
async function once(path, options) {
  const asked = performance.now()
  const response = await fetch(path, { ...options, signal: AbortSignal.timeout(TRY_MS) })
  const by = response.headers.get('x-served-by')
  if (by) count(by, Math.round(performance.now() - asked))
  if (response.status >= 500) throw new Error(String(response.status))
  return { status: response.status, body: await response.json() }
}

async function persistently(path, options, onRetry) {
  for (let left = TRIES; ; left -= 1) {
    try {
      return await once(path, options)
    } catch (error) {
      if (left <= 1) throw error
      onRetry()
      await pause(PAUSE_MS)
    }
  }
}

function count(by, ms) {
  tally.set(by, (tally.get(by) ?? 0) + 1)
  show('last', 'last', { by, ms })
  drawTally()
}

function drawTally() {
  const groups = new Map()
  for (const [by, answers] of tally) {
    const [host, service, instance] = by.split('/')
    add(groups, say('hosts'), host, answers)
    add(groups, service, `${host} · ${instance}`, answers)
  }
  $('tally').replaceChildren(...inOrder(groups).map(([service, rows]) => drawGroup(service, rows)))
}

function inOrder(named) {
  return [...named].sort(([one], [other]) => one.localeCompare(other, 'en', { numeric: true }))
}

function add(groups, group, row, answers) {
  if (!groups.has(group)) groups.set(group, new Map())
  groups.get(group).set(row, (groups.get(group).get(row) ?? 0) + answers)
}

function drawGroup(service, rows) {
  const total = [...rows.values()].reduce((sum, answers) => sum + answers, 0)
  const most = Math.max(...rows.values())
  const title = element('h3', say('served', { service, count: total }))
  return element('div', title, ...inOrder(rows).map(([name, answers]) => {
    const bar = element('progress')
    bar.max = most
    bar.value = answers
    bar.setAttribute('aria-label', name)
    const row = element('div', element('span', name), bar, element('span', String(answers)))
    row.className = 'row'
    return row
  }))
}

function element(tag, ...content) {
  const made = document.createElement(tag)
  made.append(...content)
  return made
}

function drawNewest(accounts) {
  $('none').hidden = accounts.length > 0
  $('newest').replaceChildren(...accounts.map((account) => {
    const time = element('time', new Date(account.created_at).toLocaleString(document.documentElement.lang))
    time.dateTime = account.created_at
    return element('li', element('bdi', account.name), time)
  }))
}

async function refresh() {
  try {
    const { body } = await once('/api/accounts?limit=8')
    drawNewest(body.accounts)
    $('state').dataset.say = 'state-good'
  } catch {
    $('state').dataset.say = 'state-bad'
  }
  show('state', $('state').dataset.say, {}, $('state').dataset.say === 'state-bad')
}

async function keepFresh() {
  for (;;) {
    if (!document.hidden) await refresh()
    await pause(REFRESH_MS)
  }
}

async function register(event) {
  event.preventDefault()
  const form = event.target
  const button = form.querySelector('button')
  const body = JSON.stringify(Object.fromEntries(new FormData(form)))
  if (!key || keyFor !== body) [key, keyFor] = [newKey(), body]
  button.disabled = true
  show('result', 'registering')
  try {
    const answer = await persistently('/api/accounts', {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'idempotency-key': key },
      body,
    }, () => show('result', 'again'))
    key = null
    if (answer.status === 201) welcome(form, answer.body)
    else if (answer.status === 409) show('result', 'taken', {}, true)
    else refuse(answer.body)
  } catch {
    show('result', 'lost', {}, true)
  }
  button.disabled = false
}

function welcome(form, { account, served_by: by }) {
  form.reset()
  show('result', 'done', { name: account.name, id: account.id, by })
  refresh()
}

function refuse({ problems }) {
  const told = problems.map(({ field, problem }) => `${field} ${problem}`.trim()).join('; ')
  show('result', 'refused', { problems: told }, true)
}

// Unlike randomUUID, getRandomValues is there on pages without a trusted certificate too.
function newKey() {
  return [...crypto.getRandomValues(new Uint8Array(16))]
    .map((byte) => byte.toString(16).padStart(2, '0')).join('')
}

async function ask() {
  $('ask').disabled = true
  for (let asked = 0; asked < ASK_TIMES; asked += 1) {
    await once(asked % 3 ? '/served' : '/api/accounts?limit=1').catch(() => pause(PAUSE_MS))
  }
  $('ask').disabled = false
}

$('register').addEventListener('submit', register)
$('ask').addEventListener('click', ask)
$('forget').addEventListener('click', () => { tally.clear(); show('last', ''); drawTally() })
$('language').addEventListener('click', () => {
  language = language === 'zh' ? 'en' : 'zh'
  localStorage.setItem('language', language)
  speak()
})
speak()
keepFresh()

// The few words this page needs for the document.

export const $ = (id) => document.getElementById(id)

export function make(tag, properties = {}, ...content) {
  const { data = {}, aria = {}, ...rest } = properties
  const made = Object.assign(document.createElement(tag), rest)
  for (const [name, value] of Object.entries(data)) made.dataset[name] = value
  for (const [name, value] of Object.entries(aria)) made.setAttribute(`aria-${name}`, value)
  made.append(...content)
  return made
}

export function note(id, text, bad = false) {
  $(id).textContent = text
  $(id).classList.toggle('bad', bad)
}

export const pause = (ms) => new Promise((done) => setTimeout(done, ms))

// Unlike randomUUID, getRandomValues is there on pages without a trusted certificate too.
export function newKey() {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, '0')).join('')
}

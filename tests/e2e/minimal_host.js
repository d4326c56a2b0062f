// Shows widgets as poorly as some programs do: an anywidget module gets a model and an element, and
// that is all. No slots, no files of a server, no style sheet, and bytes in whatever form the host
// has made of them. Messages come from and go to the test's process (minimal_host.py).

const HEAD = 12; // bytes before a part, and after it

/** What hosts make of a message's binary parts. */
const FORMS = {
  view: (bytes) => {
    const whole = new Uint8Array(bytes.length + 2 * HEAD).fill(255);
    whole.set(bytes, HEAD);
    return [new DataView(whole.buffer, HEAD, bytes.length)];
  },
  buffer: (bytes) => [bytes.buffer],
  base64: (_bytes, text) => [text],
  nothing: () => [],
};

class Model {
  listeners = new Map();
  changed = {};

  constructor(id, state) {
    this.id = id;
    this.state = state;
  }

  get(name) {
    return this.state[name];
  }

  set(name, value) {
    this.changed[name] = value;
    this.take({ [name]: value });
  }

  save_changes() {
    const state = this.changed;
    this.changed = {};
    toKernel(this.id, { method: "update", state, buffer_paths: [] });
  }

  send(content) {
    toKernel(this.id, { method: "custom", content });
  }

  on(event, listener) {
    this.listeners.set(event, [...(this.listeners.get(event) ?? []), listener]);
  }

  off(event, listener) {
    const all = this.listeners.get(event) ?? [];
    this.listeners.set(event, all.filter((each) => each !== listener));
  }

  take(state) {
    Object.assign(this.state, state);
    for (const name of Object.keys(state)) this.tell(`change:${name}`);
  }

  tell(event, ...given) {
    for (const listener of this.listeners.get(event) ?? []) listener(...given);
  }
}

const models = new Map();
const modules = new Map();

async function open(id, { _esm, _css, ...state }) {
  if (!_esm) return; // ipywidgets' own, which come with every widget
  const style = document.createElement("style");
  style.textContent = _css;
  document.head.append(style);
  const address = URL.createObjectURL(new Blob([_esm], { type: "text/javascript" }));
  const module = (await import(address)).default;
  const model = new Model(id, state);
  models.set(id, model);
  modules.set(id, module);
  await module.initialize({ model });
}

function receive({ data, parts, comm_id }) {
  const model = models.get(comm_id);
  if (!model) return;
  if (data.method === "update") model.take(data.state);
  if (data.method !== "custom") return;
  const [text] = parts;
  const bytes = Uint8Array.from(atob(text ?? ""), (character) => character.charCodeAt(0));
  model.tell("msg:custom", data.content, text ? FORMS[host.form](bytes, text) : []);
}

const host = {
  form: "view",
  views: [],

  /** Shows a model once more, in an element of its own; gives the view's number. */
  async show(id) {
    while (!modules.has(id)) await new Promise((resolve) => setTimeout(resolve, 10));
    const el = document.createElement("div");
    el.id = `view${host.views.length}`;
    document.body.append(el);
    const close = await modules.get(id).render({ model: models.get(id), el });
    return host.views.push({ el, close }) - 1;
  },

  /** Takes a view away, as when its output is cleared. */
  remove(number) {
    host.views[number].close();
    host.views[number].el.remove();
  },

  async begin() {
    for (;;) {
      for (const message of await fromKernel()) {
        if (message.kind === "comm_open") await open(message.comm_id, message.data.state);
        else if (message.kind === "comm_msg") receive(message);
      }
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  },
};
window.host = host;

// Which videos have an address of their own at the moment.
host.videos = new Set();
const { createObjectURL, revokeObjectURL } = URL;
URL.createObjectURL = (file) => {
  const address = createObjectURL(file);
  if (file.type.startsWith("video/")) host.videos.add(address);
  return address;
};
URL.revokeObjectURL = (address) => {
  host.videos.delete(address);
  revokeObjectURL(address);
};

// A page that moves while somebody looks at it.
//
// The kernel draws, this shows. It asks the kernel for a new look once a period, and only
// while the page is in sight and not paused; one question at a time. When its view goes, or
// nobody answers, it asks no more, so nothing is left behind in the kernel or here.

const KEYS = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: "up", ArrowDown: "down", Home: 0, End: Infinity };

function render({ model, el }) {
  const page = element("div", "ecs-live");
  const status = element("p", "said-status");
  const body = element("div", "body");
  status.setAttribute("role", "status");
  page.setAttribute("data-lm-suppress-shortcuts", "true");
  page.append(status, body);
  el.append(page);

  let inSight = false;
  let unanswered = null;
  let ended = false;
  let chosen = null;
  let timer = null;

  const asks = () => inSight && !document.hidden && !model.get("paused") && !ended;

  function say(words) {
    if (status.textContent !== words) status.textContent = words;
  }

  function tell() {
    if (ended) say("The kernel that drew this has ended: this is the last it showed.");
    else if (model.get("trouble")) say(model.get("trouble"));
    else if (model.get("paused")) say("Paused.");
    else if (unanswered && Date.now() - unanswered > 5000) say("The kernel is busy; the picture waits for it.");
    else say("Moving.");
  }

  function tick() {
    if (asks() && unanswered === null) {
      unanswered = Date.now();
      model.send({ kind: "look" });
    }
    tell();
  }

  function restart() {
    clearInterval(timer);
    timer = setInterval(tick, 1000 * model.get("periods")[model.get("speed")]);
    tick();
  }

  function draw() {
    const fresh = element("div", "body");
    fresh.innerHTML = model.get("page");
    const tasks = [...fresh.querySelectorAll("[data-task]")];
    const stop = tasks.find((task) => task.dataset.task === chosen) ?? tasks[0];
    for (const task of tasks) task.tabIndex = task === stop ? 0 : -1;
    patch(body, fresh);
  }

  function answered() {
    unanswered = null;
    tell();
  }

  function choose(task) {
    chosen = task.dataset.task;
    model.send({ kind: "choose", task: chosen });
    body.dataset.opening = "true";
  }

  function close() {
    model.send({ kind: "choose", task: "" });
    delete body.dataset.opening;
    stops().find((task) => task.dataset.task === chosen)?.focus();
  }

  function stops() {
    return [...body.querySelectorAll("[data-task]")];
  }

  function click(event) {
    const task = event.target.closest("[data-task]");
    if (task) choose(task);
    else if (event.target.closest(".close")) close();
  }

  function keydown(event) {
    event.stopPropagation();
    if (event.key === "Escape" && body.querySelector(".details")) return close();
    const here = event.target.closest("[data-task]");
    if (!here || !(event.key in KEYS)) return;
    event.preventDefault();
    next(stops(), here, KEYS[event.key])?.focus();
  }

  function focusin(event) {
    const task = event.target.closest("[data-task]");
    if (!task) return;
    chosen = task.dataset.task;
    for (const other of stops()) other.tabIndex = other === task ? 0 : -1;
  }

  function drawn() {
    draw();
    const details = body.querySelector(".details");
    if (details && body.dataset.opening) {
      delete body.dataset.opening;
      details.focus();
    }
  }

  function comm() {
    ended = true;
    tell();
  }

  const sight = new IntersectionObserver((seen) => {
    inSight = seen.at(-1).isIntersecting;
    tick();
  });
  const listeners = [
    ["change:page", drawn],
    ["change:answers", answered],
    ["change:paused", tick],
    ["change:speed", restart],
    ["change:trouble", tell],
    ["comm_live_update", comm],
  ];
  for (const [name, listener] of listeners) model.on(name, listener);
  body.addEventListener("click", click);
  body.addEventListener("keydown", keydown);
  body.addEventListener("focusin", focusin);
  document.addEventListener("visibilitychange", tick);
  draw();
  sight.observe(page);
  restart();

  return () => {
    clearInterval(timer);
    sight.disconnect();
    document.removeEventListener("visibilitychange", tick);
    for (const [name, listener] of listeners) model.off(name, listener);
  };
}

function element(tag, name) {
  const made = document.createElement(tag);
  made.className = name;
  return made;
}

// The task that an arrow leads to: the one beside it, or the nearest one above or below.
function next(tasks, here, way) {
  const at = tasks.indexOf(here);
  if (way === 0 || way === Infinity) return tasks.at(way === 0 ? 0 : -1);
  if (way === 1 || way === -1) return tasks[at + way];
  const from = here.getBoundingClientRect();
  const far = (task) => {
    const to = task.getBoundingClientRect();
    const down = way === "down" ? to.top - from.bottom : from.top - to.bottom;
    return down < 0 ? Infinity : down + Math.abs(to.left - from.left);
  };
  const nearest = tasks.reduce((best, task) => (far(task) < far(best) ? task : best), here);
  return far(nearest) === Infinity ? undefined : nearest;
}

// Make `old` like `fresh` and keep every element that is in both, so that the focus stays,
// a reader is told only of what is new, and nothing blinks.
function patch(old, fresh) {
  const kept = new Map();
  for (const child of old.childNodes) if (child.dataset?.key) kept.set(child.dataset.key, child);
  [...fresh.childNodes].forEach((wanted, at) => {
    const key = wanted.dataset?.key;
    const present = key ? kept.get(key) : old.childNodes[at];
    if (present && alike(present, wanted) && !isOtherDrawing(present, wanted)) {
      if (old.childNodes[at] !== present) old.insertBefore(present, old.childNodes[at] ?? null);
      update(present, wanted);
    } else {
      const added = wanted.cloneNode(true);
      if (added.dataset?.key) added.classList.add("new");
      old.insertBefore(added, old.childNodes[at] ?? null);
      if (present && !key) present.remove();
    }
  });
  while (old.childNodes.length > fresh.childNodes.length) old.lastChild.remove();
}

function alike(one, other) {
  return one.nodeName === other.nodeName && one.dataset?.key === other.dataset?.key;
}

// A chart is exchanged as a whole: its elements refer to each other.
function isOtherDrawing(one, other) {
  return one instanceof SVGElement && !one.isEqualNode(other);
}

function update(old, fresh) {
  if (old.nodeType === Node.TEXT_NODE) {
    if (old.data !== fresh.data) old.data = fresh.data;
    return;
  }
  for (const { name, value } of fresh.attributes)
    if (old.getAttribute(name) !== value) old.setAttribute(name, value);
  for (const { name } of [...old.attributes]) if (!fresh.hasAttribute(name)) old.removeAttribute(name);
  patch(old, fresh);
}

export default { render };

// Notes, in one page, what comes of one press of a key on a slider: the messages, each change of
// the picture, and the moment the browser has painted the last of them.
(() => {
  const probe = { events: [], root: null, waiting: 0, paints: 0 };
  window.benchProbe = probe;
  const note = (what, more) => probe.events.push({ t: performance.now(), what, ...more });

  // The kind of a message; of the kernel's status also which.
  const kind = (data) => {
    let header, content;
    if (data instanceof ArrayBuffer) {
      const view = new DataView(data);
      const at = (i) => Number(view.getBigUint64(8 * (i + 1), true));
      const part = (i) => JSON.parse(new TextDecoder().decode(new Uint8Array(data, at(i), at(i + 1) - at(i))));
      header = part(1);
      content = header.msg_type === "status" ? part(4) : {};
    } else {
      try { ({ header, content } = JSON.parse(data)); } catch { return "?"; }
    }
    return header.msg_type === "status" ? content.execution_state : header.msg_type;
  };
  const size = (data) => (data.byteLength === undefined ? data.length : data.byteLength);
  const Native = window.WebSocket;
  window.WebSocket = class extends Native {
    constructor(...words) {
      super(...words);
      this.addEventListener("message", (event) => {
        if (probe.root) { note("in", { kind: kind(event.data), size: size(event.data) }); }
      });
    }
    send(data) {
      if (probe.root) { note("out", { kind: kind(data), size: size(data) }); }
      super.send(data);
    }
  };

  const painted = () => {
    probe.waiting += 1;
    requestAnimationFrame(() => {
      // A message posted in a frame is delivered when that frame has been painted.
      const channel = new MessageChannel();
      channel.port1.onmessage = () => { probe.waiting -= 1; note("painted"); };
      channel.port2.postMessage(0);
    });
  };
  const changed = () => {
    note("changed");
    const images = [...probe.root.querySelectorAll("img")].filter((image) => !image.benchSeen);
    if (!images.length) { painted(); return; }
    probe.waiting += 1;
    images.forEach((image) => { image.benchSeen = true; });
    Promise.allSettled(images.map((image) => image.decode())).then(() => {
      probe.waiting -= 1;
      painted();
    });
  };
  // What stands beside the picture, or is the hand itself, is not the picture.
  const BESIDE = ".widget-slider, .widget-hslider, .lm-summary, .lm-settings, .lm-message";
  const observer = new MutationObserver((records) => {
    const own = records.some((record) => {
      const element = record.target.nodeType === 1 ? record.target : record.target.parentElement;
      return element && !element.closest(BESIDE);
    });
    if (own) { changed(); }
  });
  ["drawImage", "putImageData"].forEach((name) => {
    const native = CanvasRenderingContext2D.prototype[name];
    CanvasRenderingContext2D.prototype[name] = function draw(...words) {
      const shown = probe.root && probe.root.contains(this.canvas);
      if (shown) { changed(); }
      return native.apply(this, words);
    };
  });
  document.addEventListener("keydown", (event) => {
    if (probe.root) { probe.events.push({ t: event.timeStamp, what: "key" }); }
  }, true);

  probe.watch = () => {
    observer.disconnect();
    probe.events = [];
    probe.root = document.querySelector(".bench-way");
    probe.root.querySelectorAll("img").forEach((image) => { image.benchSeen = true; });
    observer.observe(probe.root, {
      subtree: true, childList: true, attributes: true, characterData: true,
    });
  };
  // Done when the kernel has answered all it was sent since the last key, what came of it has been
  // painted, and nothing has happened for a while.
  probe.quiet = (ms) => {
    const key = probe.events.filter((event) => event.what === "key").pop();
    const since = probe.events.filter((event) => !key || event.t > key.t);
    const count = (what, kinds) => since.filter(
      (event) => event.what === what && (!kinds || kinds.includes(event.kind)),
    ).length;
    const last = since[since.length - 1];
    return count("painted") > 0 && probe.waiting === 0 && performance.now() - last.t > ms
      && count("in", ["idle"]) >= count("out", ["comm_msg"]);
  };
})();

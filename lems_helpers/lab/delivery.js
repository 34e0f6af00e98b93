// Two things about the moves of controls, on their way to Python and back.
//
// What a broken line swallowed is sent again. ipywidgets holds a control's moves back until it has
// heard the end of the last one, and nobody repeats a move or an answer that went down with a
// connection: that control would stay dead for good. A move that arrives twice changes nothing.
//
// A kernel says "busy" with every move, and the notebook page shows it in several places, the
// browser's tab among them: as much work as the picture's. It is kept until it has become true.
(() => {
  if (window.lemsDelivery) { return; }
  const lines = new WeakMap();  // A socket to the page's own name for its kernel.
  const unheard = new Map();  // The id of a move to its bytes and the socket that took them.

  // The parts of a message in Jupyter's protocol v1.kernel.websocket.jupyter.org.
  const [HEADER, PARENT, CONTENT] = [1, 2, 4];
  const place = (bytes, number) => {
    const at = (n) => Number(new DataView(bytes).getBigUint64(8 * (n + 1), true));
    return new Uint8Array(bytes, at(number), at(number + 1) - at(number));
  };
  const part = (bytes, number) => JSON.parse(new TextDecoder().decode(place(bytes, number)));
  const SMALL = 4096;  // bytes: a status is shorter, and a picture need not be read through.
  const PATIENCE_MS = 250;  // A move that takes longer is told: the page says that Python is busy.

  const again = ({ bytes }, socket) => {
    // A kernel refuses a message it has seen before, to the letter: this one has a time of its own.
    const { date } = part(bytes, HEADER);
    const header = new TextDecoder().decode(place(bytes, HEADER));
    const now = new TextEncoder().encode(header.replace(date, new Date().toISOString()));
    place(bytes, HEADER).set(now);
    socket.send(bytes);
  };

  // Whether a message is for the page now.
  const hear = (socket, { data }, later) => {
    if (!unheard.size || data.byteLength > SMALL || part(data, HEADER).msg_type !== "status") { return true; }
    const move = unheard.get(part(data, PARENT).msg_id);
    const state = part(data, CONTENT).execution_state;
    if (move && state === "busy") {
      clearTimeout(move.told);
      move.told = setTimeout(later, PATIENCE_MS);
      return false;
    }
    if (state !== "idle") { return true; }
    clearTimeout(move?.told);
    unheard.delete(part(data, PARENT).msg_id);
    if (!unheard.size) {
      document.querySelectorAll(".lm-unanswered").forEach((panel) => panel.classList.remove("lm-unanswered"));
    }
    // The server has repeated what it still had; the rest is lost.
    unheard.forEach((lost) => {
      if (lost.socket !== socket && lines.get(lost.socket) === lines.get(socket)) { again(lost, socket); }
    });
    return true;
  };
  const listen = (socket) => {
    const page = socket.onmessage;
    socket.onmessage = (event) => {
      const tell = () => page?.call(socket, event);
      const later = () => { if (socket.readyState === WebSocket.OPEN) { tell(); } };
      let now = true;
      try { now = hear(socket, event, later); } catch (error) { console.warn("a message in no known form", error); }
      if (now) { tell(); }
    };
  };
  const note = (socket, bytes) => {
    if (!lines.has(socket)) {
      const { pathname, searchParams } = new URL(socket.url);
      const kernel = /\/api\/kernels\/[^/]+\/channels$/.test(pathname);
      lines.set(socket, kernel && pathname + searchParams.get("session_id"));
      if (kernel) { listen(socket); }
    }
    if (!lines.get(socket) || !(bytes instanceof ArrayBuffer)) { return; }
    const { msg_type, msg_id } = part(bytes, HEADER);
    if (msg_type === "comm_msg" && part(bytes, CONTENT).data.method === "update") {
      unheard.set(msg_id, { bytes: bytes.slice(), socket });
    }
  };

  const line = window.WebSocket.prototype;
  const { send } = line;
  line.send = function (bytes) {
    try { note(this, bytes); } catch (error) { console.warn("a message in no known form", error); }
    return send.call(this, bytes);
  };
  window.lemsDelivery = { unheard };
})();

// Sends again what a broken line swallowed. ipywidgets holds a control's moves back until it has
// heard the end of the last one, and nobody repeats a move or an answer that went down with a
// connection: that control would stay dead for good. A move that arrives twice changes nothing.
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
  const SMALL = 4096;  // bytes: an end is shorter, and a picture need not be read through.

  const again = ({ bytes }, socket) => {
    // A kernel refuses a message it has seen before, to the letter: this one has a time of its own.
    const { date } = part(bytes, HEADER);
    const header = new TextDecoder().decode(place(bytes, HEADER));
    const now = new TextEncoder().encode(header.replace(date, new Date().toISOString()));
    place(bytes, HEADER).set(now);
    socket.send(bytes);
  };

  const hear = ({ target, data }) => {
    if (!unheard.size || data.byteLength > SMALL || part(data, HEADER).msg_type !== "status") { return; }
    if (part(data, CONTENT).execution_state !== "idle") { return; }
    unheard.delete(part(data, PARENT).msg_id);
    // The server has repeated what it still had; the rest is lost.
    unheard.forEach((move) => {
      if (move.socket !== target && lines.get(move.socket) === lines.get(target)) { again(move, target); }
    });
  };
  const note = (socket, bytes) => {
    if (!lines.has(socket)) {
      const { pathname, searchParams } = new URL(socket.url);
      const kernel = /\/api\/kernels\/[^/]+\/channels$/.test(pathname);
      lines.set(socket, kernel && pathname + searchParams.get("session_id"));
      if (kernel) { socket.addEventListener("message", hear); }
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

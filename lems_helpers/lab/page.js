// Mends what the notebook page gets wrong for keyboard and screen-reader users of widgets, and
// keeps it mended as widgets come and go.
(() => {
  if (window.lemsCourse) { window.lemsCourse.disconnect(); }
  let style = document.getElementById("lm-style");
  if (!style) {
    style = document.createElement("style");
    style.id = "lm-style";
    document.head.appendChild(style);
  }
  style.textContent = CSS_TEXT;

  const set = (element, name, value) => {
    if (element.getAttribute(name) !== value) { element.setAttribute(name, value); }
  };
  const SHUT = "data-lm-suppress-shortcuts";
  const FOCUSABLE = ".jupyter-widgets :is(input, select, textarea, button, summary, a[href], [tabindex], [contenteditable], .noUi-handle)";
  // These change with every move, and there is nothing in them to mend.
  const FACES = ".lm-picture, .lm-summary, .lm-settings";
  const words = (element) => (element ? element.textContent.trim() : "");

  let groups = 0;
  const mend = (root) => {
    const all = (css) => [...(root.matches(css) ? [root] : []), ...root.querySelectorAll(css)];
    // On each element itself: JupyterLab looks at the target of the key only.
    all(FOCUSABLE).forEach((element) => set(element, SHUT, "true"));
    all(".widget-slider").forEach((slider) => {
      const label = words(slider.querySelector(".widget-label"));
      const unit = (label.match(/\(([^()]*)\)\s*$/) || ["", ""])[1];
      const readout = slider.querySelector(".widget-readout");
      const now = words(readout).replace("−", "-").replace(/,/g, "");
      // The slider itself tells its limits rounded: 0.25 would be heard as 0.3.
      const limits = slider.querySelector(".noUi-target")?.noUiSlider?.options.range;
      slider.querySelectorAll(".noUi-handle").forEach((handle) => {
        set(handle, "aria-label", label);
        if (limits) {
          set(handle, "aria-valuemin", String(limits.min));
          set(handle, "aria-valuemax", String(limits.max));
        }
        if (now && isFinite(now)) { set(handle, "aria-valuenow", now); }
        set(handle, "aria-valuetext", `${words(readout)} ${unit}`.trim());
      });
      if (readout) {
        set(readout, "role", "textbox");
        set(readout, "aria-label", `${label}, type a value`);
      }
    });
    all(".widget-radio-box").forEach((group) => {
      // One name for one group: then the arrow keys move within it and Tab leaves it.
      const radios = group.querySelectorAll("input[type=radio]");
      const name = (radios[0] && radios[0].name) || `lm-group-${(groups += 1)}-${Date.now()}`;
      radios.forEach((radio) => set(radio, "name", name));
      set(group, "role", "radiogroup");
      const owner = group.closest(".lm-gate, .lm-item") || group.parentElement;
      const ask = owner.querySelector(".lm-ask") || owner.querySelector(".widget-label");
      set(group, "aria-label", words(ask) || "Choose one");
    });
    all(".lm-summary, .lm-verdict, .lm-message, .lm-feedback").forEach((region) => {
      set(region, "role", "status");
      set(region, "aria-live", "polite");
    });
    all(".lm-panel").forEach((panel) => { panel.lmSaid ??= said(panel); });
  };

  const within = ({ target }, css) => (target.closest ? target : target.parentElement)?.closest(css);
  // A Python that is busy or out of reach leaves a move without an answer: that is said.
  const PATIENCE_MS = 6000;
  let touched = -Infinity;
  const touch = (event) => {
    if (event.target.closest?.(".lm-panel .widget-slider")) { touched = performance.now(); }
  };
  const said = (panel) => [...panel.querySelectorAll(".lm-settings, .lm-message")].map(words).join();
  const follow = (record) => {
    const panel = within(record, ".lm-panel");
    if (!panel) { return; }
    if (within(record, ".lm-settings, .lm-message")) {
      // A page that finds its kernel again writes the same words anew: that answers nothing.
      const now = said(panel);
      if (now === panel.lmSaid) { return; }
      panel.lmSaid = now;
      clearTimeout(panel.lmAsked);
      // To take off what is not there would still count as a change, with every move.
      if (panel.classList.contains("lm-unanswered")) { panel.classList.remove("lm-unanswered"); }
    } else if (within(record, ".widget-readout") && performance.now() - touched < 1000
      && !panel.querySelector(".lm-stale")) {
      clearTimeout(panel.lmAsked);
      panel.lmAsked = setTimeout(() => {
        // An answer in the same words is one too: Python was heard to have done with every move.
        if (window.lemsDelivery?.unheard.size !== 0) { panel.classList.add("lm-unanswered"); }
      }, PATIENCE_MS);
    }
  };
  // Every move changes the page in many places, JupyterLab's own among them: only a widget that
  // changed or came is looked at.
  const changed = new Set();
  const look = (record) => {
    if (within(record, FACES)) { return; }
    const widget = within(record, ".jupyter-widgets");
    const came = widget ? [widget] : [...record.addedNodes].filter((node) => node.nodeType === Node.ELEMENT_NODE);
    if (came.length && !changed.size) {
      requestAnimationFrame(() => { changed.forEach(mend); changed.clear(); });
    }
    came.forEach((element) => changed.add(element));
  };
  const observer = new MutationObserver((records) => {
    records.forEach(follow);
    records.forEach(look);
  });
  // The slider writes a value and a text of its own, rounded and without a unit, also after our last
  // look.
  const watched = { childList: true, subtree: true, characterData: true };
  observer.observe(document.body, { ...watched, attributeFilter: ["aria-valuetext"] });
  // Ctrl+S (Cmd+S) saves from a control too: for that one key JupyterLab may look at its target.
  const save = (event) => {
    const element = event.target;
    const wanted = (event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey && event.key === "s";
    if (!wanted || !element.hasAttribute || !element.hasAttribute(SHUT)) { return; }
    element.removeAttribute(SHUT);
    setTimeout(() => set(element, SHUT, "true"));
  };
  const heard = [["keydown", save], ["keydown", touch], ["pointerdown", touch], ["pointermove", touch]];
  heard.forEach(([name, act]) => window.addEventListener(name, act, true));
  window.lemsCourse = {
    disconnect: () => {
      observer.disconnect();
      heard.forEach(([name, act]) => window.removeEventListener(name, act, true));
    },
  };
  mend(document.body);
})();

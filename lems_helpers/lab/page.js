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

  const mend = () => {
    // On each element itself: JupyterLab looks at the target of the key only.
    document.querySelectorAll(FOCUSABLE).forEach((element) => set(element, SHUT, "true"));
    document.querySelectorAll(".widget-slider").forEach((slider) => {
      const label = words(slider.querySelector(".widget-label"));
      const unit = (label.match(/\(([^()]*)\)\s*$/) || ["", ""])[1];
      const readout = slider.querySelector(".widget-readout");
      const now = words(readout).replace("−", "-").replace(/,/g, "");
      slider.querySelectorAll(".noUi-handle").forEach((handle) => {
        set(handle, "aria-label", label);
        if (now && isFinite(now)) { set(handle, "aria-valuenow", now); }
        set(handle, "aria-valuetext", `${words(readout)} ${unit}`.trim());
      });
      if (readout) {
        set(readout, "role", "textbox");
        set(readout, "aria-label", `${label}, type a value`);
      }
    });
    document.querySelectorAll(".widget-radio-box").forEach((group, number) => {
      // One name for one group: then the arrow keys move within it and Tab leaves it.
      const radios = group.querySelectorAll("input[type=radio]");
      const name = (radios[0] && radios[0].name) || `lm-group-${number}-${Date.now()}`;
      radios.forEach((radio) => set(radio, "name", name));
      set(group, "role", "radiogroup");
      const owner = group.closest(".lm-gate, .lm-item") || group.parentElement;
      const ask = owner.querySelector(".lm-ask") || owner.querySelector(".widget-label");
      set(group, "aria-label", words(ask) || "Choose one");
    });
    document.querySelectorAll(".lm-summary, .lm-verdict, .lm-message, .lm-feedback").forEach((region) => {
      set(region, "role", "status");
      set(region, "aria-live", "polite");
    });
  };

  let planned = false;
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
      if (said(panel) === panel.lmSaid) { return; }
      clearTimeout(panel.lmAsked);
      panel.classList.remove("lm-unanswered");
    } else if (within(record, ".widget-readout") && performance.now() - touched < 1000
      && !panel.querySelector(".lm-stale")) {
      clearTimeout(panel.lmAsked);
      panel.lmSaid = said(panel);
      panel.lmAsked = setTimeout(() => panel.classList.add("lm-unanswered"), PATIENCE_MS);
    }
  };
  const observer = new MutationObserver((records) => {
    records.forEach(follow);
    if (planned || records.every((record) => within(record, FACES))) { return; }
    planned = true;
    requestAnimationFrame(() => { planned = false; mend(); });
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
  mend();
})();

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
  const FOCUSABLE = "input, select, textarea, button, summary, a[href], [tabindex], [contenteditable], .noUi-handle";
  const words = (element) => (element ? element.textContent.trim() : "");

  const mend = () => {
    document.querySelectorAll(`.jupyter-widgets :is(${FOCUSABLE})`).forEach((element) => {
      // On the element itself: JupyterLab looks at the target of the key only.
      set(element, SHUT, "true");
    });
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

  // In a picture there is nothing to mend, and while a slider is moved hardly anything else changes.
  const isPicture = ({ target }) => target.nodeType === 1 && target.closest(".lm-picture > *");
  let planned = false;
  const observer = new MutationObserver((records) => {
    if (planned || records.every(isPicture)) { return; }
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
  window.addEventListener("keydown", save, true);
  window.lemsCourse = {
    disconnect: () => { observer.disconnect(); window.removeEventListener("keydown", save, true); },
  };
  mend();
})();

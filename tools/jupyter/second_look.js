// An extension of JupyterLab: a saved widget is looked for once more before a page gives it up.
//
// ipywidgets looks for a widget ten times a second for two seconds, and then, without a last look,
// says "model not found" for good. A kernel that takes two seconds to start gives the saved widgets
// back in just that tenth of a second, and a notebook opened anew would show no picture at all.
//
// JupyterLab loads this file as it is: a container in the sense of module federation, by hand, since
// nothing needs a build.
(() => {
  let shared;  // JupyterLab's modules: a name to its versions.

  const mend = ({ ManagerBase: { prototype } }) => {
    const look = prototype.get_model;
    prototype.get_model = async function (id) {
      try {
        return await look.call(this, id);
      } catch (error) {
        if (!this.has_model(id)) { throw error; }
        return look.call(this, id);
      }
    };
  };

  const plugin = {
    id: "lems-helpers:second-look",
    autoStart: true,
    activate: async () => {
      const versions = Object.values(shared["@jupyter-widgets/base-manager"] ?? {});
      (await Promise.all(versions.map(({ get }) => get()))).forEach((make) => mend(make()));
    },
  };

  window._JUPYTERLAB ??= {};
  window._JUPYTERLAB["lems-helpers"] = {
    init: (scope) => { shared = scope; },
    get: async () => () => ({ __esModule: true, default: plugin }),
  };
})();

// Behaviour that HTML and htmx do not bring: forms that submit on change, the trace drawer, refresh only while seen.
(function () {
  "use strict";

  document.addEventListener("change", function (event) {
    const form = event.target.closest("form[data-submit-on-change]");
    const optional = form && form.dataset.submitOnChange === "any";
    if (form && (optional || event.target.value)) form.requestSubmit();
  });

  // An empty field does not belong in a link that can be sent.
  document.addEventListener("submit", function (event) {
    if (event.target.method !== "get") return;
    for (const field of event.target.elements) if (field.name && !field.value) field.disabled = true;
    setTimeout(function () {
      for (const field of event.target.elements) field.disabled = false;
    });
  });

  document.addEventListener("click", function (event) {
    if (event.target.closest("[data-print]")) window.print();
  });

  document.addEventListener("htmx:afterSwap", function (event) {
    if (event.target.id === "drawer-body") tabler.Offcanvas.getOrCreateInstance("#drawer").show();
  });

  // A page nobody looks at asks for nothing; the server answers 204 while nothing has changed.
  const every = document.querySelector("[data-refresh-seconds]");
  if (every) {
    setInterval(function () {
      if (!document.hidden) document.querySelectorAll("[data-refresh-seconds]").forEach((e) => htmx.trigger(e, "refresh"));
    }, Number(every.dataset.refreshSeconds) * 1000);
  }

  document.addEventListener("htmx:responseError", function (event) {
    if (event.detail.xhr.status === 403) window.location.reload();
  });
})();

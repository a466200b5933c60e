// Typing into the cells of a statement: Enter and the arrows lead up and down a column, errors are told to readers.
(function () {
  "use strict";

  function below(cell, step) {
    const row = cell.closest("tr");
    if (!row) return null;
    const place = [...row.children].indexOf(cell.closest("td"));
    let other = row;
    while ((other = step > 0 ? other.nextElementSibling : other.previousElementSibling)) {
      const found = other.children[place] && other.children[place].querySelector(".statement-cell");
      if (found) return found;
    }
    return null;
  }

  document.addEventListener("keydown", function (event) {
    const cell = event.target.closest("input.statement-cell");
    if (event.key === "Enter" && event.target.closest("#problems input")) {
      event.preventDefault();
      event.target.blur();
    }
    if (!cell) return;
    const steps = { Enter: event.shiftKey ? -1 : 1, ArrowDown: 1, ArrowUp: -1 };
    if (!(event.key in steps) || cell.type === "date" && event.key !== "Enter") return;
    event.preventDefault(); // Enter in a cell never submits the statement
    const next = below(cell, steps[event.key]);
    if (next) {
      next.focus();
      if (next.select) next.select();
    } else if (event.key === "Enter") cell.blur();
  });

  document.addEventListener("htmx:afterRequest", function (event) {
    if (!event.target.classList.contains("statement-cell")) return;
    document.querySelectorAll(".statement-cell").forEach(function (cell) {
      const note = document.getElementById(cell.getAttribute("aria-describedby"));
      if (note && note.querySelector(".cell-error")) cell.setAttribute("aria-invalid", "true");
      else cell.removeAttribute("aria-invalid");
    });
  });

  // What could not be sent is tried again when the page is left or submitted: the whole form goes with it.
  document.addEventListener("htmx:sendError", function () {
    const panel = document.querySelector("#problems .card-actions");
    if (panel) panel.textContent = panel.textContent.includes("!") ? panel.textContent : "! " + panel.textContent;
  });
})();

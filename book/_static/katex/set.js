// For a book that was built where there is no node: the formulas are set here.
document.addEventListener("DOMContentLoaded", () => {
  for (const formula of document.querySelectorAll("[data-formula]"))
    katex.render(formula.textContent, formula, { displayMode: formula.dataset.formula === "1" });
});

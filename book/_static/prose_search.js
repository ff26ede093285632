// What the search shows of a page is its text: no code, no outputs, no formulas twice.
document.addEventListener("DOMContentLoaded", () => {
  if (typeof Search === "undefined") return; // not the page of the search
  const whole = Search.htmlToText;
  const aside =
    "pre, .cell_input, .picture, .provenance, .katex-html, annotation, #jb-print-docs-body, .prev-next-footer, .bd-header-article, .bd-sidebar-secondary";
  Search.htmlToText = (html, anchor) => {
    const page = new DOMParser().parseFromString(html, "text/html");
    page.querySelectorAll(aside).forEach((part) => part.remove());
    return whole(page.documentElement.outerHTML, anchor);
  };
});

// What the search shows of a page is its text: no code, no outputs, no formulas twice.
if (typeof Search !== "undefined") {
  const whole = Search.htmlToText;
  Search.htmlToText = (html, anchor) => {
    const page = new DOMParser().parseFromString(html, "text/html");
    const aside = ".cell_input, .cell_output pre, .picture, .provenance, pre, .katex-html, #jb-print-docs-body, .prev-next-footer";
    page.querySelectorAll(aside).forEach((part) => part.remove());
    return whole(page.documentElement.outerHTML, anchor);
  };
}

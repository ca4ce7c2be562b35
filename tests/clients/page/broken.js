// What is broken in how a page is laid out: something laid over something else, cut off, off the page, or squeezed to a letter a line.
() => {
  const seen = (element) =>
    element.checkVisibility({ checkVisibilityCSS: true }) && !element.closest(".skip")
    // What only a screen reader is told.
    && !(function told(one) { return one && (getComputedStyle(one).clipPath !== "none" || told(one.parentElement)); })(element);
  const name = (element) => `<${element.localName}> ${(element.textContent || element.name || "").trim().slice(0, 40)}`;
  const faults = new Set();

  const operated = "a, button, input:not([type=hidden]), select, textarea, summary";
  const boxes = [...document.querySelectorAll(operated)].filter(seen)
    .flatMap((element) => [...element.getClientRects()].map((box) => [element, box]));
  for (const [index, [one, a]] of boxes.entries()) {
    for (const [other, b] of boxes.slice(index + 1)) {
      if (one.contains(other) || other.contains(one)) continue;
      const width = Math.min(a.right, b.right) - Math.max(a.left, b.left);
      const height = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
      // Lines of text lie on each other by as much as letters have no ink.
      if (width > 1 && height > 3) faults.add(`${name(one)} lies on ${name(other)}`);
    }
  }

  for (const element of [...document.querySelectorAll("body *")].filter(seen)) {
    const hides = getComputedStyle(element).overflowX === "hidden";
    const cell = element.localName === "td" || element.localName === "th";
    if (cell && element.scrollWidth > element.clientWidth + 1) faults.add(`${name(element)} leaves its cell`);
    if (hides && element.scrollWidth > element.clientWidth + 1) faults.add(`${name(element)} is cut off`);
    for (const node of element.childNodes) {
      if (node.nodeType !== Node.TEXT_NODE || !node.data.trim()) continue;
      const range = document.createRange();
      range.selectNodeContents(node);
      const lines = [...range.getClientRects()].filter((box) => box.width > 1);
      if (lines.some((box) => box.right > innerWidth + 1 || box.left < -1)) faults.add(`${name(element)} leaves the page`);
      if (lines.length > 3 && lines.every((box) => box.width < 24)) faults.add(`${name(element)} stands a letter a line`);
    }
  }
  return [...faults];
}

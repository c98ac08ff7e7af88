/* What a page does: choose colours, open the menu, copy code, print. A classic script,
   since modules and fetch() are blocked on pages opened from file://. */
"use strict";
(() => {
  const root = document.documentElement;
  const all = (selector) => [...document.querySelectorAll(selector)];

  /* Colours: automatic (as the system), light, dark. */
  const themes = { auto: "automatic", light: "light", dark: "dark" };
  const themeButton = document.getElementById("theme-button");
  function showTheme() {
    const theme = root.dataset.theme in themes ? root.dataset.theme : "auto";
    themeButton.className = "icon-" + theme;
    themeButton.firstElementChild.textContent = "Colours: " + themes[theme];
    themeButton.title = "Colours: " + themes[theme];
    return theme;
  }
  themeButton.addEventListener("click", () => {
    const names = Object.keys(themes);
    root.dataset.theme = names[(names.indexOf(showTheme()) + 1) % names.length];
    try { localStorage.setItem("theme", root.dataset.theme); } catch (error) { /* private */ }
    showTheme();
  });
  showTheme();

  /* The book's contents, a drawer on narrow screens. */
  const menuButton = document.getElementById("menu-button");
  const contents = document.getElementById("contents");
  function openMenu(open) {
    root.classList.toggle("menu-open", open);
    menuButton.setAttribute("aria-expanded", open);
    (open ? contents.querySelector("a") : menuButton).focus();
  }
  const isOpen = () => root.classList.contains("menu-open");
  menuButton.addEventListener("click", () => openMenu(!isOpen()));
  document.addEventListener("click", (event) => {
    if (isOpen() && !event.target.closest("#contents, #menu-button")) openMenu(false);
  });
  contents.querySelector("a.current")?.scrollIntoView({ block: "nearest" });

  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && isOpen()) openMenu(false);
    if (event.key.toLowerCase() === "k" && (event.ctrlKey || event.metaKey)) {
      const field = all("input[name=q]").find((input) => input.offsetParent);
      if (field) { event.preventDefault(); field.focus(); field.select(); }
    }
  });

  /* A box that scrolls sideways can be reached with the keyboard. */
  function markWideBoxes() {
    for (const box of all(".katex-display, pre, .table-box")) {
      if (box.scrollWidth > box.clientWidth + 1) {
        box.tabIndex = 0;
        box.setAttribute("role", "group");
        box.setAttribute("aria-label", "Wide content, scrolls sideways");
      } else if (box.tabIndex === 0) {
        for (const name of ["tabindex", "role", "aria-label"]) box.removeAttribute(name);
      }
    }
  }
  addEventListener("load", markWideBoxes);
  document.fonts.ready.then(markWideBoxes); // a font that comes late makes text wider
  addEventListener("resize", markWideBoxes);
  document.addEventListener("toggle", markWideBoxes, true);

  /* The section that is being read, in the list on the right. */
  const links = new Map(all(".onthispage.wide a").map((link) => [link.hash.slice(1), link]));
  const observer = new IntersectionObserver((entries) => {
    const seen = entries.find((entry) => entry.isIntersecting);
    if (!seen) return;
    for (const link of links.values()) link.removeAttribute("aria-current");
    links.get(seen.target.parentElement.id)?.setAttribute("aria-current", "true");
  }, { rootMargin: "-5% 0px -75% 0px" });
  for (const heading of all("article :is(h2, h3)")) observer.observe(heading);

  /* Copy buttons on code that a reader may want to run. */
  if (navigator.clipboard) {
    for (const box of all(".cell_input .highlight, .highlight-bash .highlight")) {
      const button = document.createElement("button");
      button.className = "copy icon-copy";
      button.innerHTML = "<span>Copy the code</span>";
      button.addEventListener("click", async () => {
        await navigator.clipboard.writeText(box.querySelector("pre").textContent);
        button.className = "copy icon-done";
        setTimeout(() => { button.className = "copy icon-copy"; }, 1500);
      });
      box.append(button);
    }
  }

  /* Print: answers stay shut unless the reader opened them or asked for them. */
  let opened = [];
  let withSolutions = false;
  addEventListener("beforeprint", () => {
    const kinds = withSolutions ? "details" : "details:not(.solution)";
    opened = all("article " + kinds).filter((fold) => !fold.open);
    for (const fold of opened) fold.open = true;
  });
  addEventListener("afterprint", () => {
    for (const fold of opened) fold.open = false;
    withSolutions = false;
  });
  for (const button of all("[data-print]")) {
    button.addEventListener("click", () => {
      withSolutions = button.dataset.print === "solutions";
      print();
    });
  }
})();

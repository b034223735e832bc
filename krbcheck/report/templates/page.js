"use strict";
const said = document.getElementById("said");
for (const block of document.querySelectorAll(".command")) {
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = "Copy";
  button.setAttribute("aria-label", "Copy the command");
  button.addEventListener("click", async () => {
    const command = block.querySelector("pre");
    let copied = false;
    try {
      await navigator.clipboard.writeText(command.textContent);
      copied = true;
    } catch (refused) {
      const range = document.createRange();
      range.selectNodeContents(command);
      getSelection().removeAllRanges();
      getSelection().addRange(range);
      copied = document.execCommand("copy");
    }
    button.textContent = copied ? "Copied" : "Selected";
    said.textContent = copied ? "The command was copied." : "The command is selected.";
    setTimeout(() => { button.textContent = "Copy"; }, 2000);
  });
  block.append(button);
}
const closed = [];
addEventListener("beforeprint", () => {
  for (const entry of document.querySelectorAll("details:not([open])")) { entry.open = true; closed.push(entry); }
});
addEventListener("afterprint", () => { while (closed.length) { closed.pop().open = false; } });

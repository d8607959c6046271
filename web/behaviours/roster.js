// Who came: everyone is present until tapped. Opening one name closes the others; what is chosen stands beside the name,
// and the counts follow, so that the button says what will be kept.
import { every } from "./dom.js";

export function roster(root) {
  // A kept draft may bring back another day: its roster is asked for once the page can ask.
  every(root, "input[type=date][data-day]", (day) => {
    day.addEventListener("restored", () => setTimeout(() => day.dispatchEvent(new Event("change", { bubbles: true })), 150));
  });
  every(root, "[data-roster]", (list) => {
    const people = [...list.querySelectorAll("details.person")];
    const show = (person) => {
      const chosen = person.querySelector("input[type=radio]:checked");
      const why = person.querySelector("input:not([type=radio])");
      const [kind, reason] = (chosen?.value ?? "").split("|");
      const summary = person.querySelector("summary");
      summary.className = kind === "absent" ? "away" : kind ? "leave" : "";
      person.querySelector("em").textContent = { leave: reason || why.value.trim() || "请假", exempt: "免于参加", absent: "缺席" }[kind] ?? "到";
    };
    const count = () => {
      const away = people.filter((person) => person.querySelector("summary").className === "away").length;
      const leave = people.filter((person) => person.querySelector("summary").className === "leave").length;
      const present = people.length - away - leave;
      const put = (name, words) => document.querySelectorAll(name).forEach((place) => { place.textContent = words; });
      put("[data-present]", `到会 ${present} 人`);
      put("[data-due]", `应到 ${people.length - leave} · 点名字改`);
      put("[data-present-words]", `，共 ${present} 人到会`);
    };
    for (const person of people) {
      const summary = person.querySelector("summary");
      person.addEventListener("toggle", () => { if (person.open) for (const other of people) if (other !== person) other.open = false; });
      person.addEventListener("change", (event) => {
        show(person);
        count();
        // A reason of one's own is typed; everything else is done with the tap.
        if (event.target.type === "radio" && event.target.value !== "leave") { person.open = false; summary.focus(); }
        else person.querySelector("input:not([type=radio])").focus();
      });
      person.addEventListener("input", () => {
        const why = person.querySelector("input:not([type=radio])");
        const other = [...person.querySelectorAll("input[type=radio]")].find((choice) => choice.value === "leave");
        if (document.activeElement === why && why.value.trim()) other.checked = true;
        show(person);
        count();
      });
      person.addEventListener("restored", () => { show(person); count(); });
    }
    count();
  });
}

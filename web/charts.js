// ECharts, only what our charts need, in our colours. Loaded by pages that have a [data-chart].
// <figure class="chart" data-chart='{"series":[…]}'><div class="chart-area" role="img" aria-label="…"></div><details>…table…</details></figure>
// "--c1" anywhere in the option stands for that colour of the stylesheet; data-chart-map="name /assets/name.json" brings a map.
import * as echarts from "echarts/core";
import { BarChart, HeatmapChart, LineChart, MapChart, PictorialBarChart, SankeyChart, ScatterChart } from "echarts/charts";
import { AriaComponent, DatasetComponent, GeoComponent, GridComponent, LegendComponent, MarkAreaComponent, MarkLineComponent, MarkPointComponent, TooltipComponent, VisualMapComponent } from "echarts/components";
import { LabelLayout } from "echarts/features";
import { SVGRenderer } from "echarts/renderers";

echarts.use([BarChart, HeatmapChart, LineChart, MapChart, PictorialBarChart, SankeyChart, ScatterChart,
  AriaComponent, DatasetComponent, GeoComponent, GridComponent, LegendComponent, MarkAreaComponent, MarkLineComponent, MarkPointComponent, TooltipComponent, VisualMapComponent,
  LabelLayout, SVGRenderer]);

const drawn = new Map();

async function draw(figure) {
  if (drawn.has(figure)) return;
  const area = figure.querySelector(".chart-area");
  if (!area) return;
  drawn.set(figure, null);
  const style = getComputedStyle(figure);
  const colour = (name) => style.getPropertyValue(name).trim();
  const given = figure.dataset.chart || figure.querySelector("script[type='application/json']")?.textContent || "{}";
  const option = named(JSON.parse(given), colour);
  if (figure.dataset.chartMap) {
    const [name, address] = figure.dataset.chartMap.split(" ");
    if (!echarts.getMap(name)) echarts.registerMap(name, await (await fetch(address)).json());
  }
  const chart = echarts.init(area, theme(colour, parseFloat(style.getPropertyValue("--t-xs")) || 12), { renderer: "svg" });
  // A tip drawn as SVG needs no inline style, which the page's policy forbids.
  if (option.tooltip) option.tooltip.renderMode = "richText";
  chart.setOption({ animation: false, ...option });
  // A mark that has an address leads there: every number is a door.
  chart.on("click", ({ data }) => { if (data?.href) location.assign(data.href); });
  drawn.set(figure, chart);
  figure.classList.add("drawn");
}

function named(value, colour) {
  if (typeof value === "string") return /^--[a-z0-9-]+$/.test(value) ? colour(value) : value;
  if (Array.isArray(value)) return value.map((it) => named(it, colour));
  if (value && typeof value === "object") return Object.fromEntries(Object.entries(value).map(([key, it]) => [key, named(it, colour)]));
  return value;
}

// Light lines, small quiet labels, no ticks, first series blue.
function theme(colour, small) {
  const label = { color: colour("--ink-3"), fontSize: small - 1 };
  const axis = { axisLine: { lineStyle: { color: colour("--line-2") } }, axisTick: { show: false }, axisLabel: label, splitLine: { show: false }, nameTextStyle: label };
  return {
    color: ["--c1", "--c2", "--c3", "--c4", "--c5", "--c-other"].map(colour),
    textStyle: { fontFamily: colour("--font"), color: colour("--ink-2") },
    categoryAxis: axis,
    valueAxis: { ...axis, axisLine: { show: false }, splitLine: { show: true, lineStyle: { color: colour("--hover") } } },
    timeAxis: axis,
    line: { symbolSize: 4, lineStyle: { width: 2 }, endLabel: { fontSize: small } },
    bar: { barMaxWidth: 28 },
    tooltip: { backgroundColor: colour("--paper"), borderColor: colour("--line-2"), textStyle: { color: colour("--ink"), fontSize: small } },
    markLine: { symbol: "none", label: { color: colour("--ink-3"), fontSize: small - 1 } },
  };
}

const widen = () => drawn.forEach((chart, figure) => { if (!figure.isConnected) { chart?.dispose(); drawn.delete(figure); } else chart?.resize(); });
new ResizeObserver(widen).observe(document.body);

window.jishiCharts = { draw, of: (figure) => drawn.get(figure) };

"use strict";

// What the charts say, in each language; what rules and gateways say is their authors'.
const WORDS = {
  en: {
    name: "English", other: "中文", otherLang: "zh",
    back: "Back to what is now", beside: "Beside it", none: "nothing", csv: "Save as CSV", until: "until",
    help: "Drag over the chart to look closer, with two fingers too; wheel or + and − to zoom, ← and → to move, Home for all up to now.",
    spans: "How long", moves: "Move and zoom", earlier: "Earlier", later: "Later", closer: "Closer", wider: "Wider", now: "Up to now",
    "1h": "1 h", "6h": "6 h", "1d": "1 d", "7d": "7 d", "30d": "30 d", "1y": "1 y",
    loading: "Reading…", failed: "The backend does not answer. Trying again…",
    value: "value", range: "lowest to highest", limit: "limit", suspect: "suspect", bad: "bad", missing: "no data", good: "good", unchecked: "unchecked",
    calibration: "calibration", maintenance: "maintenance", sample: "grab sample", alert: "alert",
    limits: "Limits", calibrations: "Calibrations", maintenances: "Maintenance", samples: "Grab samples", alerts: "Alerts",
    above: "above", below: "below", of: "of", statistic: "held against", outside: "not within this picture",
    refused: "refused", accepted: "accepted", by: "by", goesOn: "goes on", worst: "worst", nothing: "There are no values in this stretch.",
    each: "each point stands for", points: "values", from: "from", to: "to", lowest: "lowest", highest: "highest", lacking: "stretches without data",
    firing: "firing", over: "over", withdrawn: "withdrawn", silent: "not told", waiting: "waits",
    seconds: "s", minutes: "min", hours: "h", days: "d",
  },
  zh: {
    name: "中文", other: "English", otherLang: "en",
    back: "返回实时页面", beside: "对比", none: "无", csv: "导出 CSV", until: "至",
    help: "在图上拖动可放大，也可用双指；滚轮或 + − 缩放，← → 移动，Home 回到当前。",
    spans: "时间跨度", moves: "移动与缩放", earlier: "更早", later: "更晚", closer: "放大", wider: "缩小", now: "到现在",
    "1h": "1 小时", "6h": "6 小时", "1d": "1 天", "7d": "7 天", "30d": "30 天", "1y": "1 年",
    loading: "读取中…", failed: "后台无响应，正在重试…",
    value: "数值", range: "最低至最高", limit: "限值", suspect: "存疑", bad: "无效", missing: "缺测", good: "有效", unchecked: "未检验",
    calibration: "校准", maintenance: "维护", sample: "人工取样", alert: "报警",
    limits: "限值", calibrations: "校准", maintenances: "维护", samples: "人工取样", alerts: "报警",
    above: "高于", below: "低于", of: "", statistic: "比较对象", outside: "不在本图范围内",
    refused: "未通过", accepted: "通过", by: "操作人", goesOn: "持续中", worst: "最严重值", nothing: "该时段没有数据。",
    each: "每点代表", points: "个数值", from: "自", to: "至", lowest: "最低", highest: "最高", lacking: "缺测时段数",
    firing: "报警中", over: "已结束", withdrawn: "已撤回", silent: "未通知", waiting: "等待",
    seconds: "秒", minutes: "分钟", hours: "小时", days: "天",
  },
};

function preferred() {
  const kept = (() => {
    try {
      return localStorage.getItem("language");
    } catch {
      return null;
    }
  })();
  return WORDS[kept] ? kept : navigator.language.toLowerCase().startsWith("zh") ? "zh" : "en";
}

let language = preferred();
const say = (id) => WORDS[language][id] ?? WORDS.en[id] ?? id;

function setLanguage(wanted) {
  language = wanted;
  try {
    localStorage.setItem("language", wanted);
  } catch {
    // A browser that keeps nothing asks again next time.
  }
}

// Every element that bears the id of a text gets that text.
function sayAll(root) {
  document.documentElement.lang = language;
  for (const element of root.querySelectorAll("[data-text]")) element.textContent = say(element.dataset.text);
  for (const element of root.querySelectorAll("[data-label]")) {
    element.setAttribute("aria-label", say(element.dataset.label));
    element.title = say(element.dataset.label);
  }
}

function spanWords(ms) {
  const [n, unit] = ms < 60000 ? [ms / 1000, "seconds"] : ms < 3600000 ? [ms / 60000, "minutes"] : ms < 86400000 ? [ms / 3600000, "hours"] : [ms / 86400000, "days"];
  return `${Math.round(n * 10) / 10} ${say(unit)}`;
}

const momentWords = (ms) => new Date(ms).toLocaleString(language === "zh" ? "zh-CN" : "en-GB", {
  year: "numeric", month: "short", day: "numeric", hour: "2-digit", minute: "2-digit", second: "2-digit",
});

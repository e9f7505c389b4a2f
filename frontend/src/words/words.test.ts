import i18next from "i18next";
import { beforeAll, expect, test } from "vitest";
import { ApiProblem } from "../api/client";
import type { Job, Reason } from "../api/types";
import { startLanguage, speak } from "../i18n";
import { engineWords, failureWords, hintWords, logWords } from "./jobs";
import { fieldWords, placeWords, problemWords, toldWords } from "./problems";
import { actionWords } from "./trail";
import { reasonsWords, rulesWords } from "./verdicts";

beforeAll(startLanguage);

const finding: Reason = { code: "finding", words: "2 dark, score 0.91 ≥ 0.50", class: "dark", count: 2, value: 0.913, limit: 0.5, image: 0 };
const rule: Reason = { code: "rule", words: "3 pit 0.82 mm ≥ 0.50 mm (from 2 on) in the zone", class: "pit", count: 3, value: 0.82, limit: 0.5, unit: "mm", min_count: 2, zone: true, image: 0 };
const taken = new ApiProblem(409, "taken", "There is another one like Line 1 already.", {}, null, { name: "Line 1" });
const tooMany = new ApiProblem(422, "invalid_params", "params.epochs: Input should be less than or equal to 2000",
  { "params.epochs": ["Input should be less than or equal to 2000"] }, null, {}, { "params.epochs": { case: "less_than_equal", le: 2000 } });
const blank = new ApiProblem(400, "invalid", "name: 该字段不能为空。", { name: ["该字段不能为空。"] }, null, {}, { name: { case: "blank" } });
const tooLong = new ApiProblem(400, "invalid", "name: 请确保这个字段不能超过 64 个字符。", { name: ["请确保这个字段不能超过 64 个字符。"] }, null, {}, { name: { case: "max_length" } });

test("in English the server's own sentences stay", async () => {
  await speak("en");
  expect(reasonsWords([finding, rule])).toBe(`${finding.words}; ${rule.words}`);
  expect(problemWords(taken)).toBe(taken.detail);
  expect(fieldWords(tooMany, "params.epochs")).toBe("Input should be less than or equal to 2000");
  expect(rulesWords({ rules: [{ class: "pit", action: "NG" }], words: ["any pit → NG"] })).toBe("any pit → NG");
});

test("a verdict's reasons are said in Chinese, with their values", async () => {
  await speak("zh");
  expect(reasonsWords([finding])).toBe("dark 2 处，置信度 0.91 ≥ 0.50");
  expect(reasonsWords([rule])).toBe("pit 3 处，尺寸 0.82 mm ≥ 0.50 mm（达到 2 处即计），位于区域内");
  expect(reasonsWords([{ code: "strange", words: "image 2 could not be judged", image: 1 }])).toBe("图像 2 未能判定");
  expect(rulesWords({ rules: [{ class: null, min_count: 2, min_size_mm: 0.5, action: "REVIEW" }], words: [""] })).toBe("任意类别的缺陷 2 处及以上，尺寸 ≥ 0.50 mm → REVIEW 复判");
});

test("a refusal is said in Chinese, at its field where it has one", async () => {
  await speak("zh");
  expect(problemWords(taken)).toBe("已有相同的 Line 1。");
  expect(problemWords(tooMany)).toBe("轮数：不能大于 2000。");
  expect(fieldWords(blank, "name")).toBe("此项必填。");
  expect(problemWords(tooLong)).toBe("名称：请确保这个字段不能超过 64 个字符。");
  expect(problemWords(new ApiProblem(400, "new_code", "Something new."))).toBe("Something new.");
  expect(toldWords({ code: "malformed", message: "Line 7 is not …", params: { case: "line", line: 7 } })).toBe("第 7 行的标注格式有误。");
  expect([placeWords("params.epochs"), placeWords("splits.val"), placeWords("a/b.png")]).toEqual(["轮数", "验证集", "a/b.png"]);
  expect(toldWords({ code: "empty_split", message: "The val split is empty", params: { split: "val" } })).toContain("验证集为空");
});

test("a job's failure and log are said in Chinese; what broke stays readable", async () => {
  await speak("zh");
  const failed = { error_code: "out_of_memory", error: "The device's memory does not suffice.", hint: "Choose a smaller batch" } as Job;
  expect(failureWords(failed)).toBe("内存不足。");
  expect(hintWords(failed)).toContain("请减小批量");
  expect(logWords({ seq: 1, type: "log", at: "", level: "info", message: "admin tries again.", code: "retried", params: { by: "admin" } })).toBe("admin 重试。");
  expect(logWords({ seq: 2, type: "log", at: "", level: "error", message: "ValueError: 3", code: "engine_broke" })).toBe("[错误] 引擎异常停止。\nValueError: 3");
  expect(actionWords("recipe.release")).toBe("发布配方");
});

test("an engine's form is in Chinese, and a field nobody translated keeps its words", async () => {
  await speak("zh");
  const schema = { properties: { epochs: { title: "Epochs", description: "Passes" }, odd: { title: "Odd", description: "New" } } };
  const shown = engineWords({ name: "yolo", title: "YOLO", kind: "detect", tasks: [], summary: "", when: "", when_not: "", source: "", needs: [], base_weights: "none", extends: false, several: false, modalities: [], presets: [], params: schema });
  expect(shown.params.properties!.epochs!.title).toBe("轮数");
  expect(shown.params.properties!.odd!.title).toBe("Odd");
  expect(i18next.language).toBe("zh");
});

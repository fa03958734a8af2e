using System.Globalization;
using PondSentinel.Backend.Alerting.Wording;

namespace PondSentinel.Backend.Completeness;

/// <summary>What became of polls, in a sentence of a language.</summary>
internal static class LedgerText
{
    /// <summary>The sentence, for example <c>98.6 % complete, 20 min missing: power cut</c>.</summary>
    /// <param name="summary">The sums.</param>
    /// <param name="language">The language.</param>
    public static string Of(LedgerSummary summary, Language language)
    {
        var isChinese = language == Language.Chinese;
        if (summary.Expected == 0)
        {
            return isChinese ? "无应测数据" : "nothing was due";
        }

        // Of the gateway itself: how long its polls are apart nobody can say.
        if (summary.Parts.All(part => part.Ms == 0))
        {
            return string.Join(isChinese ? "；" : "; ", summary.Parts.Select(part => isChinese
                ? string.Create(CultureInfo.InvariantCulture, $"{part.Count} 次{part.Fate.WordsZh}")
                : string.Create(CultureInfo.InvariantCulture, $"{part.Count} polls {part.Fate.Words}")));
        }

        var missing = summary.Parts.Where(part => !part.Fate.IsComplete).OrderByDescending(part => part.Ms).ToList();
        var servicedMs = summary.Parts.Where(part => part.Fate == Fate.Serviced).Sum(part => part.Ms);
        return isChinese ? Chinese(summary, missing, servicedMs) : English(summary, missing, servicedMs);
    }

    /// <summary>A length of time, in two units at most.</summary>
    /// <param name="ms">The length, ms.</param>
    /// <param name="language">The language.</param>
    public static string Span(long ms, Language language = Language.English)
    {
        var span = TimeSpan.FromMilliseconds(ms);
        var (second, minute, hour, day) = language == Language.Chinese ? ("秒", "分钟", "小时", "天") : ("s", "min", "h", "d");
        return span switch
        {
            { TotalSeconds: < 60 } => string.Create(CultureInfo.InvariantCulture, $"{span.TotalSeconds:0} {second}"),
            { TotalMinutes: < 60 } => string.Create(CultureInfo.InvariantCulture, $"{Math.Floor(span.TotalMinutes):0} {minute}"),
            { TotalHours: < 48 } => string.Create(CultureInfo.InvariantCulture, $"{Math.Floor(span.TotalHours):0} {hour} {span.Minutes} {minute}"),
            _ => string.Create(CultureInfo.InvariantCulture, $"{Math.Floor(span.TotalDays):0} {day} {span.Hours} {hour}"),
        };
    }

    private static string English(LedgerSummary summary, List<(Fate Fate, long Count, long Ms)> missing, long servicedMs)
    {
        var text = string.Create(CultureInfo.InvariantCulture, $"{summary.Thousandths / 10.0:0.#} % complete");
        text += missing.Count switch
        {
            0 => "",
            1 => $", {Span(missing[0].Ms)} missing: {missing[0].Fate.Words}",
            _ => $", {Span(missing.Sum(part => part.Ms))} missing: {string.Join("; ", missing.Select(part => $"{Span(part.Ms)} {part.Fate.Words}"))}",
        };
        text += servicedMs > 0 ? $", {Span(servicedMs)} {Fate.Serviced.Words}" : "";
        return summary.Unexplained == 0
            ? text
            : string.Create(CultureInfo.InvariantCulture, $"{text} (does not add up: {summary.Unexplained} polls; please report this)");
    }

    private static string Chinese(LedgerSummary summary, List<(Fate Fate, long Count, long Ms)> missing, long servicedMs)
    {
        static string Lasting(long ms) => Span(ms, Language.Chinese);
        var text = string.Create(CultureInfo.InvariantCulture, $"完整率 {summary.Thousandths / 10.0:0.#} %");
        text += missing.Count switch
        {
            0 => "",
            1 => $"，缺测 {Lasting(missing[0].Ms)}：{missing[0].Fate.WordsZh}",
            _ => $"，缺测共 {Lasting(missing.Sum(part => part.Ms))}：{string.Join("；", missing.Select(part => $"{part.Fate.WordsZh} {Lasting(part.Ms)}"))}",
        };
        text += servicedMs > 0 ? $"，{Fate.Serviced.WordsZh} {Lasting(servicedMs)}" : "";
        return summary.Unexplained == 0
            ? text
            : string.Create(CultureInfo.InvariantCulture, $"{text}（账目不平，差 {summary.Unexplained} 次；请反馈）");
    }
}

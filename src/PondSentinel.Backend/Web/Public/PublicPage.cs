using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Unicode;
using PondSentinel.Backend.Alerting.Wording;

namespace PondSentinel.Backend.Web.Public;

/// <summary>The page for everybody, in one language. It asks for itself again each minute, without a script too.</summary>
internal static class PublicPage
{
    private static readonly HtmlEncoder Html = HtmlEncoder.Create(UnicodeRanges.All);

    /// <summary>The page.</summary>
    /// <param name="view">What it tells.</param>
    /// <param name="options">What its owner says.</param>
    /// <param name="utcOffset">What the clocks of those who read are ahead of UTC.</param>
    /// <param name="language">The language.</param>
    public static string Of(PublicView view, PublicOptions options, TimeSpan utcOffset, Language language)
    {
        var (words, says) = (Vocabulary.Of(language), PublicWords.Of(language));
        var title = Html.Encode(PlainLine.Of(view.Title));
        var html = new StringBuilder();
        html.Append(CultureInfo.InvariantCulture, $"""
            <!doctype html>
            <html lang="{words.Code}">
            <head>
              <meta charset="utf-8">
              <meta name="viewport" content="width=device-width, initial-scale=1">
              <meta name="color-scheme" content="light dark">
              <noscript><meta http-equiv="refresh" content="60"></noscript>
              <title>{title}</title>
              <link rel="icon" href="/icon.svg" type="image/svg+xml">
              <link rel="stylesheet" href="/page.css">
              <link rel="stylesheet" href="/plain.css">
              <script src="/public.js" defer></script>
            </head>
            <body class="plain-page">
              <header class="top">
                <div class="brand"><img src="/icon.svg" alt="" width="28" height="28"><h1>{title}</h1></div>
                <a class="button" lang="{says.OtherCode}" href="/public?lang={says.OtherCode}">{says.Other}</a>
              </header>
              <p id="stale" class="stale" role="alert" hidden>{says.Lost}</p>
              <main>
                <section role="status" class="card verdict {Colour(view.Worst)}"><h2>{says.Verdict(view.Worst)}</h2>
            """);
        if (view.Worst is PublicState.Exceeded or PublicState.Receding)
        {
            var advice = (language == Language.Chinese ? options.DoZh : options.Do) ?? Advice(view, says);
            html.Append(CultureInfo.InvariantCulture, $"<p><b>{words.Labels.Action}{words.Colon}</b>{Html.Encode(PlainLine.Of(advice))}</p>");
        }

        html.Append("</section>");
        foreach (var quantity in view.Quantities)
        {
            Write(html, quantity, words, says, utcOffset);
        }

        return html.Append(CultureInfo.InvariantCulture, $"""
            <p class="name">{Html.Encode(words.Provisional)} {says.AsOf} {Html.Encode(words.Time(view.Now, utcOffset))}</p>
            </main></body></html>

            """).ToString();
    }

    private static void Write(StringBuilder html, PublicQuantity quantity, Vocabulary words, PublicWords says, TimeSpan utcOffset)
    {
        html.Append(CultureInfo.InvariantCulture, $"""<section class="card quantity"><h3>{Html.Encode(PlainLine.Of(quantity.Label))}</h3>""");
        html.Append(quantity.Number is { } number
            ? $"""<p><span class="number">{Html.Encode(number)}</span> <span class="unit">{Html.Encode(quantity.Unit)}</span></p>"""
            : $"""<p class="lost"><span class="number">–</span> {says.NoValue}</p>""");
        if (quantity.At is { } at)
        {
            html.Append(CultureInfo.InvariantCulture, $"""<p class="name">{(quantity.Number is null ? says.LastAt : says.MeasuredAt)} {Html.Encode(words.Time(at, utcOffset))}</p>""");
        }

        html.Append("<ul>");
        foreach (var limit in quantity.Limits)
        {
            var since = limit.Since is { } begun && limit.State is PublicState.Exceeded or PublicState.Receding
                ? $"{words.Comma}{words.Labels.Since}{words.Colon}{words.Time(limit.Since.Value, utcOffset)}"
                : "";
            var source = limit.Standard is { } standard ? $"""<br><span class="name">{Html.Encode(PlainLine.Of(standard))}</span>""" : "";
            html.Append(CultureInfo.InvariantCulture, $"""<li><span class="word {Colour(limit.State)}">{says.State(limit.State)}</span> <span>{says.LimitIs}{words.Colon}{Html.Encode(limit.Text)}{Html.Encode(since)}{source}</span></li>""");
        }

        html.Append("</ul>");
        if (quantity.IsIndicative)
        {
            html.Append(CultureInfo.InvariantCulture, $"""<p class="name">{Html.Encode(words.Grade("indicative"))}</p>""");
        }

        html.Append("</section>");
    }

    private static string Advice(PublicView view, PublicWords says)
    {
        var exceeded = view.Quantities.Where(quantity => quantity.Limits.Any(limit => limit.State is PublicState.Exceeded or PublicState.Receding)).ToList();
        return string.Join(' ', new[]
        {
            exceeded.Exists(quantity => !quantity.IsAir) ? says.Water : null, exceeded.Exists(quantity => quantity.IsAir) ? says.Air : null,
        }.OfType<string>());
    }

    private static string Colour(PublicState? state) => state switch
    {
        PublicState.Exceeded => "bad",
        PublicState.Receding or PublicState.Watched => "warn",
        PublicState.Within => "good",
        _ => "",
    };
}

/// <summary>What the page for everybody says beside what all pages say.</summary>
internal sealed record PublicWords
{
    private static readonly PublicWords English = new()
    {
        Other = "中文",
        OtherCode = "zh",
        AsOf = "As of",
        Lost = "No connection. What you see may be out of date.",
        NoValue = "no measurement now that can be relied on",
        MeasuredAt = "measured",
        LastAt = "last heard",
        LimitIs = "limit",
        Water = "Do not drink this water, do not let animals drink it, and do not irrigate with it until this page says that it is over.",
        Air = "Keep windows closed, and stay indoors; above all children, old people and the sick.",
        Verdict = state => state switch
        {
            PublicState.Exceeded => "A limit is exceeded",
            PublicState.Receding => "It is getting better, but is not over yet",
            PublicState.Watched => "A limit has just been crossed; if it lasts, it is told here",
            PublicState.Within => "All within limits",
            _ => "Nobody can say now: measurements are missing or in doubt",
        },
        State = state => state switch
        {
            PublicState.Exceeded => "exceeded",
            PublicState.Receding => "receding",
            PublicState.Watched => "watched",
            PublicState.Within => "kept",
            _ => "not known",
        },
    };

    private static readonly PublicWords Chinese = new()
    {
        Other = "English",
        OtherCode = "en",
        AsOf = "更新时间",
        Lost = "连接中断，以下内容可能已过期。",
        NoValue = "目前没有可靠的测量值",
        MeasuredAt = "测量时间",
        LastAt = "最近一次数据",
        LimitIs = "限值",
        Water = "在本页显示解除之前，请勿饮用，勿让牲畜饮用，也不要用于灌溉。",
        Air = "请关好门窗，尽量留在室内，儿童、老人和病人尤其注意。",
        Verdict = state => state switch
        {
            PublicState.Exceeded => "有指标超过限值",
            PublicState.Receding => "正在好转，但尚未解除",
            PublicState.Watched => "有指标刚超过限值，如持续将在此公布",
            PublicState.Within => "各项指标均在限值以内",
            _ => "测量数据缺失或存疑，目前无法判断",
        },
        State = state => state switch
        {
            PublicState.Exceeded => "超限",
            PublicState.Receding => "好转中",
            PublicState.Watched => "观察中",
            PublicState.Within => "达标",
            _ => "未知",
        },
    };

    public required string Other { get; init; }

    public required string OtherCode { get; init; }

    public required string AsOf { get; init; }

    public required string Lost { get; init; }

    public required string NoValue { get; init; }

    public required string MeasuredAt { get; init; }

    public required string LastAt { get; init; }

    public required string LimitIs { get; init; }

    public required string Water { get; init; }

    public required string Air { get; init; }

    public required Func<PublicState?, string> Verdict { get; init; }

    public required Func<PublicState, string> State { get; init; }

    /// <summary>The words of a language.</summary>
    /// <param name="language">The language.</param>
    public static PublicWords Of(Language language) => language == Language.Chinese ? Chinese : English;
}

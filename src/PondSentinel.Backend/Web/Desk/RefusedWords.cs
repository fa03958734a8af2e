using PondSentinel.Backend.Alerting.Wording;

namespace PondSentinel.Backend.Web.Desk;

/// <summary>Why something was refused, and how it stands, for people.</summary>
internal static class RefusedWords
{
    /// <summary>Why the store refused a value.</summary>
    /// <param name="cause">The wire's cause: <c>type</c>, <c>range</c> or <c>size</c>.</param>
    /// <param name="language">The language.</param>
    public static string OfLetter(string cause, Language language) => (cause, language == Language.Chinese) switch
    {
        ("type", true) => "与数据库中该字段的类型不符",
        ("type", false) => "another type than the store has for it",
        ("range", true) => "数据库不接受该时间或数值",
        ("range", false) => "a time or a number that the store does not take",
        ("size", true) => "过大，数据库不接受",
        ("size", false) => "too large for the store",
        _ => cause,
    };

    /// <summary>How a record or an event of a refused message stands now.</summary>
    /// <param name="token">The token of its standing, <c>stored</c>, or <c>open</c>.</param>
    /// <param name="language">The language.</param>
    public static string OfRecord(string token, Language language) => (token, language == Language.Chinese) switch
    {
        ("malformed", true) => "无法读取",
        ("malformed", false) => "cannot be read",
        ("site", true) => "其批次原属另一站区",
        ("site", false) => "of another site than they were begun at",
        ("channels", true) => "通道数超出上限",
        ("channels", false) => "more channels than a gateway may have",
        ("stored", true) => "已入库",
        ("stored", false) => "stored",
        ("open", true) => "尚未处理，网关会重发",
        ("open", false) => "not settled: the gateway sends them again",
        ("before" or "had", true) => "更早的数据库已有",
        ("before" or "had", false) => "settled by an earlier database",
        ("type" or "range" or "size", _) => OfLetter(token, language),
        (_, true) => "网关已丢失",
        _ => "lost by the gateway",
    };
}

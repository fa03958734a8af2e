using System.Globalization;
using PondSentinel.Alerting;
using PondSentinel.Measurements;

namespace PondSentinel.Backend.Alerting.Wording;

/// <summary>What is known of an alarm beyond its notice, each piece as text already.</summary>
/// <param name="Raised">The value of the notice.</param>
/// <param name="RaisedAt">When that was.</param>
/// <param name="RaisedDay">The same, short.</param>
/// <param name="NewestAt">When the newest value was; null where none is newer.</param>
/// <param name="NewestDay">The same, short.</param>
/// <param name="Doubt">The quality of the newest value, where that is not good.</param>
/// <param name="IsPast">Whether the newest value is past the limit.</param>
/// <param name="Over">When it was over, where it is.</param>
/// <param name="OverDay">The same, short.</param>
/// <param name="None">Why nothing newer is known; null where the newest is of now.</param>
internal sealed record ToldLater(
    string Raised,
    string RaisedAt,
    string RaisedDay,
    string? NewestAt,
    string? NewestDay,
    string? Doubt,
    bool IsPast,
    string? Over,
    string? OverDay,
    string? None)
{
    /// <summary>Puts what is known into words.</summary>
    /// <param name="notice">The notice.</param>
    /// <param name="later">What is known beyond it.</param>
    /// <param name="raised">Its value, in words.</param>
    /// <param name="words">The language.</param>
    /// <param name="utcOffset">What the clocks of those who read are ahead of UTC.</param>
    public static ToldLater Of(AlertNotice notice, LaterState later, string raised, Vocabulary words, TimeSpan utcOffset)
    {
        string Day(DateTimeOffset at) => at.ToOffset(utcOffset).ToString("MM-dd HH:mm", CultureInfo.InvariantCulture);
        string Time(DateTimeOffset at) => words.Time(at, utcOffset);
        var isAbove = notice.Side == LimitSide.Above.Word;
        return new ToldLater(
            raised,
            Time(notice.Time),
            Day(notice.Time),
            later.Time is { } newest ? Time(newest) : null,
            later.Time is { } same ? Day(same) : null,
            later is { Flag: { } flag and not QualityFlag.Good, Bound: not true } ? words.Flag(flag) : null,
            later.Value is { } value && (isAbove ? value > notice.Limit : value < notice.Limit),
            later.Over is { } over ? Time(over) : null,
            later.Over is { } then ? Day(then) : null,
            later.None is { } cause ? LaterWords.Of(words).None(cause, Time(later.Time ?? notice.Time), Unusable(later, words)) : null);
    }

    private static string Unusable(LaterState later, Vocabulary words) => string.Join(
        words.Separator, [words.Flag(later.UnusableFlag ?? QualityFlag.Fail), .. words.Reasons(later.UnusableWhy)]);
}

/// <summary>How a language tells of an alarm for which people were called before, or late.</summary>
internal abstract class LaterWords
{
    private static readonly EnglishLaterWords English = new();
    private static readonly ChineseLaterWords Chinese = new();

    /// <summary>Name of the line of the newest value.</summary>
    public abstract string Newest { get; }

    /// <summary>Name of the line of the value that stood in the notice.</summary>
    public abstract string Raised { get; }

    /// <summary>The words that go with a vocabulary.</summary>
    public static LaterWords Of(Vocabulary words) => words is ChineseVocabulary ? Chinese : English;

    /// <summary>A few words: how soon to look, what, how much and when, and where.</summary>
    /// <param name="severity">How soon.</param>
    /// <param name="told">What it is; its value is the newest that is known.</param>
    /// <param name="later">What is known since.</param>
    public abstract string Title(string severity, Told told, ToldLater later);

    /// <summary>One sentence that says it all.</summary>
    /// <param name="what">What, and where.</param>
    /// <param name="told">What it is; its value is the newest that is known.</param>
    /// <param name="later">What is known since.</param>
    public abstract string Sentence(string what, Told told, ToldLater later);

    /// <summary>Why nothing newer is known.</summary>
    /// <param name="cause">Why.</param>
    /// <param name="since">Since when.</param>
    /// <param name="unusable">Quality of what has come and says nothing.</param>
    public abstract string None(LaterCause cause, string since, string unusable);
}

/// <summary>English.</summary>
internal sealed class EnglishLaterWords : LaterWords
{
    public override string Newest => "Newest value";

    public override string Raised => "When raised";

    public override string Title(string severity, Told told, ToldLater later)
    {
        var (limit, place) = ($"{told.Side} {told.Limit}", $"at {told.Place}{(told.Statistic is { } statistic ? $" ({statistic})" : "")}");
        return later switch
        {
            { OverDay: { } over } => $"{severity}: {told.Quantity} {told.WithUnit(later.Raised)} on {later.RaisedDay}, {limit}, over on {over}, {place}",
            { NewestDay: null } => $"{severity}: {told.Quantity} {told.WithUnit(later.Raised)} on {later.RaisedDay}, {limit}, nothing newer, {place}",
            { IsPast: true } => $"{severity}: {told.Quantity} {told.WithUnit(told.Value)} on {later.NewestDay}, {limit}, {place}",
            _ => $"{severity}: {told.Quantity} {told.WithUnit(told.Value)} on {later.NewestDay}, not over yet, {place}",
        };
    }

    public override string Sentence(string what, Told told, ToldLater later)
    {
        var (limit, raised) = ($"{told.Side} {told.Limit}", $"raised at {later.RaisedAt} with {later.Raised}");
        var newest = $"{told.WithUnit(told.Value)}{(later.Doubt is { } doubt ? $" ({doubt})" : "")} at {later.NewestAt}";
        var none = later.None is { } cause ? $"; {cause}" : "";
        return later switch
        {
            { Over: { } over } => $"{what} was {told.WithUnit(later.Raised)} at {later.RaisedAt}, {limit}, at worst {told.Peak}; over at {over}",
            { NewestAt: null } => $"{what} was {told.WithUnit(later.Raised)} at {later.RaisedAt}, {limit}, since {told.Since}, at worst {told.Peak}{none}",
            { IsPast: true } => $"{what} {(later.None is null ? "is" : "was")} {newest}, {limit}, since {told.Since}, at worst {told.Peak}; {raised}{none}",
            _ => $"{what} {(later.None is null ? "is" : "was")} {newest}, back within the limit and not over yet; {limit} since {told.Since}, at worst {told.Peak}; {raised}{none}",
        };
    }

    public override string None(LaterCause cause, string since, string unusable) => cause switch
    {
        LaterCause.NoValue => $"nothing newer since {since}: no value has come",
        LaterCause.Unusable => $"nothing newer since {since}: what has come says nothing ({unusable})",
        LaterCause.Undecided => $"nothing newer since {since}: what has come decides nothing yet",
        LaterCause.Gateway => $"nothing newer since {since}: the gateway has said no more",
        _ => $"nothing newer is known since {since}",
    };
}

/// <summary>Chinese, simplified.</summary>
internal sealed class ChineseLaterWords : LaterWords
{
    public override string Newest => "最新值";

    public override string Raised => "触发时数值";

    public override string Title(string severity, Told told, ToldLater later)
    {
        var (limit, what) = ($"{told.Side} {told.Limit}", $"{told.Place} {told.Quantity}");
        var of = told.Statistic is { } statistic ? $"（{statistic}）" : "";
        return later switch
        {
            { OverDay: { } over } => $"【{severity}】{what} {later.RaisedDay} 为 {told.WithUnit(later.Raised)}，{limit}，{over} 解除{of}",
            { NewestDay: null } => $"【{severity}】{what} {later.RaisedDay} 为 {told.WithUnit(later.Raised)}，{limit}，此后无新数据{of}",
            { IsPast: true } => $"【{severity}】{what} {later.NewestDay} 为 {told.WithUnit(told.Value)}，{limit}{of}",
            _ => $"【{severity}】{what} {later.NewestDay} 为 {told.WithUnit(told.Value)}，尚未解除{of}",
        };
    }

    public override string Sentence(string what, Told told, ToldLater later)
    {
        var (limit, raised) = ($"{told.Side} {told.Limit}", $"{later.RaisedAt}触发时为 {later.Raised}");
        var newest = $"{what}于 {later.NewestAt}为 {told.WithUnit(told.Value)}{(later.Doubt is { } doubt ? $"（{doubt}）" : "")}";
        var none = later.None is { } cause ? $"；{cause}" : "";
        return later switch
        {
            { Over: { } over } => $"{what}于 {later.RaisedAt}为 {told.WithUnit(later.Raised)}，{limit}，最严重值 {told.Peak}；{over}解除",
            { NewestAt: null } => $"{what}于 {later.RaisedAt}为 {told.WithUnit(later.Raised)}，{limit}，自 {told.Since}起，最严重值 {told.Peak}{none}",
            { IsPast: true } => $"{newest}，{limit}，自 {told.Since}起，最严重值 {told.Peak}；{raised}{none}",
            _ => $"{newest}，已回到限值以内但尚未解除；自 {told.Since}起{limit}，最严重值 {told.Peak}；{raised}{none}",
        };
    }

    public override string None(LaterCause cause, string since, string unusable) => cause switch
    {
        LaterCause.NoValue => $"自 {since}起无更新：没有收到数值",
        LaterCause.Unusable => $"自 {since}起无更新：收到的数值不能用于判定（{unusable}）",
        LaterCause.Undecided => $"自 {since}起无更新：收到的数值尚不能判定",
        LaterCause.Gateway => $"自 {since}起无更新：网关未再上报",
        _ => $"自 {since}起的情况不详",
    };
}

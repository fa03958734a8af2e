using System.Globalization;
using PondSentinel.Alerting;
using PondSentinel.Measurements;

namespace PondSentinel.Backend.Alerting.Wording;

/// <summary>A line below the sentence.</summary>
/// <param name="Label">What it is.</param>
/// <param name="Text">What is to be said of it.</param>
public sealed record Fact(string Label, string Text)
{
    /// <summary>Where the text leads, in a form that has links; null for nowhere. http, https or geo.</summary>
    public Uri? Link { get; init; }
}

/// <summary>A notice in the words of one language: what, where, compared with what, how sure, and what to do. Every text is one line
/// without control characters; a channel escapes it for its own form.</summary>
public sealed record NoticeText
{
    private const int TextLengthMax = 1_000;
    /// <summary>A silence is told to be no longer than that, min (19 years): a gateway's word for it may be any number.</summary>
    internal const double MinutesMax = 1e7;

    /// <summary>Language, as the web calls it: <c>en</c>, <c>zh-CN</c>.</summary>
    public required string Code { get; init; }

    /// <summary>A few words, for a subject or a lock screen.</summary>
    public required string Title { get; init; }

    /// <summary>One sentence that says it all.</summary>
    public required string Sentence { get; init; }

    /// <summary>The id by which people take the alarm on.</summary>
    public required Fact Alarm { get; init; }

    /// <summary>The rest, in the order in which it is asked for.</summary>
    public required IReadOnlyList<Fact> Facts { get; init; }

    /// <summary>What to do; null where nobody has said, and where nothing is to be done any more.</summary>
    public Fact? Action { get; init; }

    /// <summary>What stands below.</summary>
    public required string Footer { get; init; }

    /// <summary>Stands between the name of a line and its text.</summary>
    public required string Colon { get; init; }

    /// <summary>All lines below the sentence, but the footer: what it means, what to do, and then the rest.</summary>
    public IEnumerable<Fact> InOrder => Facts.Take(1).Append(Action).Concat(Facts.Skip(1)).OfType<Fact>();

    /// <summary>The same as plain lines.</summary>
    public IEnumerable<string> Lines => InOrder.Select(LineOf);

    /// <summary>A line below the sentence as plain text.</summary>
    /// <param name="fact">The line.</param>
    public string LineOf(Fact fact)
    {
        ArgumentNullException.ThrowIfNull(fact);
        return $"{fact.Label}{Colon}{fact.Text}";
    }

    /// <summary>Words a notice.</summary>
    /// <param name="notice">The notice.</param>
    /// <param name="language">The language.</param>
    /// <param name="utcOffset">What the clocks of those who read are ahead of UTC.</param>
    /// <param name="later">What is known beyond it where it is told again, or late; null: it is told at once.</param>
    /// <param name="page">Where those who read find the page; null where nobody has said.</param>
    public static NoticeText Of(AlertNotice notice, Language language, TimeSpan utcOffset, LaterState? later = null, PageAddress? page = null)
    {
        ArgumentNullException.ThrowIfNull(notice);
        var words = Vocabulary.Of(language);
        var newest = later?.On(notice) ?? notice;
        var isStillSilent = notice.Heard is not null && later is { Over: null, Value: { } minutes } && minutes > notice.Limit;
        var told = ToldBy(newest, words, utcOffset) with { Later = later is null || isStillSilent ? null : LaterTold(notice, later, words, utcOffset) };
        return new NoticeText
        {
            Code = words.Code,
            Title = told.Later is null ? words.Title(notice, told) : LaterWords.Of(words).Title(words.Severity(notice.Severity), told, told.Later),
            Sentence = SentenceOf(notice.Phase, told, words),
            Alarm = Whereabouts.AlarmOf(notice, words),
            Facts = [.. Fitting(FactsOf(newest, words, told, utcOffset, page), newest, words.Labels).Select(fact => fact with { Text = PlainLine.Of(fact.Text, TextLengthMax) })],
            Action = later?.Over is null && ActionOf(newest, words) is { } action ? new Fact(words.Labels.Action, PlainLine.Of(action, TextLengthMax)) : null,
            Footer = words.Provisional,
            Colon = words.Colon,
        };
    }

    /// <summary>The sentence alone.</summary>
    /// <param name="notice">The notice.</param>
    /// <param name="language">The language.</param>
    /// <param name="utcOffset">What the clocks of those who read are ahead of UTC.</param>
    internal static string SentenceOf(AlertNotice notice, Language language, TimeSpan utcOffset)
    {
        var words = Vocabulary.Of(language);
        return SentenceOf(notice.Phase, ToldBy(notice, words, utcOffset), words);
    }

    private static string SentenceOf(NoticeKind phase, Told told, Vocabulary words) =>
        told.Later is { } later ? LaterWords.Of(words).Sentence(words.What(told), told, later) : words.Sentence(phase, told);

    private static ToldLater LaterTold(AlertNotice notice, LaterState later, Vocabulary words, TimeSpan utcOffset) =>
        ToldLater.Of(notice, later, ToldBy(notice, words, utcOffset).Value, words, utcOffset);

    // What the rule says is of what goes on: nobody is to close a valve for what was over yesterday, or is gone for now.
    private static string? ActionOf(AlertNotice notice, Vocabulary words) => notice.Phase switch
    {
        NoticeKind.Firing when notice.Bound == true && words.Action(notice) is { } own => $"{own}{words.Separator}{char.ToLowerInvariant(words.BoundAction[0])}{words.BoundAction[1..]}",
        NoticeKind.Firing when notice.Bound == true => words.BoundAction,
        NoticeKind.Firing => words.Action(notice),
        NoticeKind.Cleared or NoticeKind.Past when notice.Outlasted == true => words.OutlastedAction,
        NoticeKind.Past => words.PastAction,
        _ => null,
    };

    private static Told ToldBy(AlertNotice notice, Vocabulary words, TimeSpan utcOffset)
    {
        var measurand = MeasurandNames.TryParse(notice.Measurand, out var known) ? known : (Measurand?)null;
        var own = measurand is { } m && m.Unit == notice.Unit ? measurand : null;
        var label = measurand is { } named ? words.Label(named) : PlainLine.Of(notice.Measurand);
        string Number(double number, bool? isBound) =>
            Figures.Beside(own, number, notice.Limit) is var figures && isBound == true ? words.Bound(notice.Side, figures) : figures;
        return new Told(
            label,
            words.Statistic(notice) is { } statistic ? PlainLine.Of(statistic) : null,
            PlainLine.Of($"{notice.Site}/{notice.Station}"),
            PlainLine.Of($"{notice.Device}.{notice.Channel}"),
            notice.Grade == DescribedDevices.Indicative,
            Number(notice.Value, notice.Bound),
            Number(notice.Peak, notice.IsPeakBound),
            Figures.Limit(notice.Limit),
            PlainLine.Of(words.Side(notice.Side)),
            PlainLine.Of(words.Unit(notice.Unit)),
            words.Time(notice.Since, utcOffset),
            words.Time(notice.Until ?? notice.Time, utcOffset))
        {
            Cause = notice.Cause,
            Silence = SilenceOf(notice, words, utcOffset),
            Back = notice.Back is { } back ? words.Time(back, utcOffset) : null,
            IsUsualNow = notice.Outlasted == true,
            MovedTo = notice.MovedTo is { } site ? PlainLine.Of(site) : null,
            IsStillPast = notice.Side == LimitSide.Above.Word ? notice.Value > notice.Limit : notice.Value < notice.Limit,
        };
    }

    // What is less than a minute is no other time.
    private static ToldSilence? SilenceOf(AlertNotice notice, Vocabulary words, TimeSpan utcOffset) => notice.Heard is not { } heard ? null : new ToldSilence(
        PlainLine.Of(notice.Gateway),
        PlainLine.Of(notice.Site),
        words.Time(heard, utcOffset),
        words.Length((notice.Back ?? notice.Until ?? notice.Time) - heard),
        notice.Time - heard - TimeSpan.FromMinutes(Math.Clamp(notice.Value, 0, MinutesMax)) is { TotalMinutes: > 1 } ? words.Length(TimeSpan.FromMinutes(Math.Clamp(notice.Value, 0, MinutesMax))) : null);

    // What nobody has measured has no quality and no calibration, and of a silence the count is not what it is about.
    private static IEnumerable<Fact> Fitting(IEnumerable<Fact> facts, AlertNotice notice, FactLabels labels)
    {
        var isFound = MeasurandNames.TryParse(notice.Measurand, out var known) && known.IsFoundByBackend;
        string[] unfit = notice.Heard is not null ? [labels.Value, labels.Worst, labels.Device, labels.Averaging, labels.Quality, labels.Calibration]
            : isFound ? [labels.Averaging, labels.Quality, labels.Calibration]
            : [];
        return facts.Where(fact => !unfit.Contains(fact.Label, StringComparer.Ordinal));
    }

    private static IEnumerable<Fact> FactsOf(AlertNotice notice, Vocabulary words, Told told, TimeSpan utcOffset, PageAddress? page)
    {
        var labels = words.Labels;
        yield return new Fact(labels.Meaning, words.Meaning(notice));
        foreach (var fact in Whereabouts.Of(notice, words, page))
        {
            yield return fact;
        }

        if (told.Later is { } later)
        {
            var number = later.NewestAt is { } at ? $"{told.WithUnit(told.Value)}{words.Comma}{at}" : null;
            if (number is not null || later.None is not null)
            {
                yield return new Fact(LaterWords.Of(words).Newest, string.Join(words.Separator, new[] { number, later.None }.OfType<string>()));
            }

            yield return new Fact(LaterWords.Of(words).Raised, $"{told.WithUnit(later.Raised)}{words.Comma}{later.RaisedAt}");
        }
        else if (notice.Phase is NoticeKind.Firing or NoticeKind.Cleared)
        {
            yield return new Fact(labels.Value, $"{told.WithUnit(told.Value)}{words.Comma}{words.Time(notice.Time, utcOffset)}");
        }

        yield return new Fact(labels.Limit, words.Limit(told, notice.Clear is { } clear && clear != notice.Limit ? Figures.Limit(clear) : null));
        yield return new Fact(labels.Averaging, words.Statistic(notice) ?? words.EachValue);
        if (notice.Complete is { } complete)
        {
            yield return new Fact(labels.Complete, $"{complete}%");
        }

        foreach (var fact in ReadingsOf(notice, words, utcOffset))
        {
            yield return fact;
        }

        if (notice.Standard is { } standard)
        {
            yield return new Fact(labels.Standard, words.Either(notice.Clause, notice.ClauseZh) is { } clause ? $"{standard}{words.Comma}{clause}" : standard);
            if (words.Either(notice.Unchecked, notice.UncheckedZh) is { } doubt)
            {
                yield return new Fact(labels.Unchecked, doubt);
            }
        }

        foreach (var fact in TimesOf(notice, words, told))
        {
            yield return fact;
        }

        if (notice.Phase != NoticeKind.Withdrawn)
        {
            yield return new Fact(labels.Worst, told.WithUnit(told.Peak));
        }

        if (notice.Flag is { } flag)
        {
            yield return new Fact(labels.Quality, string.Join(
                words.Separator, [words.Flag(flag), .. words.Reasons(notice.Why)]));
        }

        var grade = notice.Grade is { } said ? $"{words.Comma}{words.Grade(said)}" : "";
        yield return new Fact(labels.Device, $"{words.Source(told, notice.Gateway)}{grade}");
        yield return new Fact(labels.Calibration, Calibration(notice, words, utcOffset));
    }

    // The hold at the end is no part of the exceedance.
    private static IEnumerable<Fact> TimesOf(AlertNotice notice, Vocabulary words, Told told)
    {
        // Of a past one the value is the worst.
        var isBack = notice.Until is not null && !told.IsUsualNow && (notice.Phase == NoticeKind.Past || (notice.Phase == NoticeKind.Cleared && !told.IsStillPast));
        yield return new Fact(
            words.Labels.Since,
            (isBack && notice.Back is null) || told.Later is { NewestAt: null } ? told.Since
            : words.Lasting(told.Silence?.Heard ?? told.Since, (notice.Back ?? notice.Until ?? notice.Time) - (notice.Heard ?? notice.Since)));
        if (told.Later?.Over is { } over)
        {
            yield return new Fact(words.Labels.Over, over);
        }

        if (notice.Back is { } back && notice.Until is { } until)
        {
            yield return new Fact(words.Labels.Until, told.Back!);
            if (until > back)
            {
                yield return new Fact(words.Labels.Over, words.Held(told.Until, until - back));
            }
        }
        else if (notice.Until is not null && notice.Phase != NoticeKind.Withdrawn)
        {
            yield return new Fact(isBack ? words.Labels.Over : words.Labels.Until, told.Until);
        }
    }

    // Compared with what: the numbers behind a difference, what it is held against, and the conditions.
    private static IEnumerable<Fact> ReadingsOf(AlertNotice notice, Vocabulary words, TimeSpan utcOffset)
    {
        if (notice.Own is { } own)
        {
            yield return new Fact(words.Labels.Own, Reading(own, words, utcOffset));
        }

        foreach (var other in notice.Against ?? [])
        {
            yield return new Fact(words.Labels.Against, Reading(other, words, utcOffset));
        }

        foreach (var other in notice.Beside ?? [])
        {
            yield return new Fact(words.Labels.Beside, Reading(other, words, utcOffset));
        }

        foreach (var condition in notice.Conditions ?? [])
        {
            yield return new Fact(words.Labels.Condition, string.Join(
                words.Separator, [words.Condition(condition), .. condition.Readings.Select(reading => Reading(reading, words, utcOffset))]));
        }
    }

    private static string Reading(ChannelReading reading, Vocabulary words, TimeSpan utcOffset)
    {
        var measurand = MeasurandNames.TryParse(reading.Measurand, out var known) ? known : (Measurand?)null;
        var number = measurand is { } m ? Figures.Of(m, reading.Value) : reading.Value.ToString("0.####", CultureInfo.InvariantCulture);
        var label = measurand is { } named ? words.Label(named) : reading.Measurand;
        return $"{label} {$"{number} {words.Unit(reading.Unit)}".TrimEnd()}{words.Comma}{reading.Site}/{reading.Station} {reading.Device}.{reading.Channel}{words.Comma}{words.Time(reading.Time, utcOffset)}";
    }

    private static string Calibration(AlertNotice notice, Vocabulary words, TimeSpan utcOffset)
    {
        if (notice.Calibrated is not { } at)
        {
            return words.Calibrated(null, 0);
        }

        var (there, then) = (DayAt(at, utcOffset), DayAt(notice.Time, utcOffset));
        return words.Calibrated(there.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture), (then - there).Days);
    }

    // At the ends of the calendar there is no later day, or earlier one, elsewhere.
    private static DateTime DayAt(DateTimeOffset at, TimeSpan utcOffset) =>
        new DateTime(Math.Clamp(at.UtcTicks + utcOffset.Ticks, DateTime.MinValue.Ticks, DateTime.MaxValue.Ticks)).Date;
}

using PondSentinel.Alerting;
using PondSentinel.Backend.Alerting;
using PondSentinel.Backend.Alerting.Wording;
using PondSentinel.Measurements;

namespace PondSentinel.Backend.Web.Public;

/// <summary>What is told of a limit.</summary>
internal enum PublicState
{
    /// <summary>Nobody knows now: no value, an old one, one that failed a test, one within the limit that is suspect, or a mean that there
    /// is none of for now.</summary>
    Unknown,

    /// <summary>Within the limit.</summary>
    Within,

    /// <summary>Beyond it, but not yet for long enough to be announced.</summary>
    Watched,

    /// <summary>Exceeded, and announced.</summary>
    Exceeded,

    /// <summary>Announced, and back within it, but not yet for long enough to be over.</summary>
    Receding,
}

/// <summary>A limit, and how it stands.</summary>
internal sealed record PublicLimit(string Text, string? Standard, PublicState State, DateTimeOffset? Since);

/// <summary>Something that is measured at the station.</summary>
/// <param name="Label">What.</param>
/// <param name="Number">The number as it is shown; null where there is none that can be relied on.</param>
/// <param name="Unit">Its unit; empty for none.</param>
/// <param name="At">When it was measured; null where nothing is known.</param>
/// <param name="IsAir">Whether it is in the air, not in the water.</param>
/// <param name="IsIndicative">Whether it shows a trend only.</param>
/// <param name="Limits">What it is compared with.</param>
internal sealed record PublicQuantity(
    string Label, string? Number, string Unit, DateTimeOffset? At, bool IsAir, bool IsIndicative, IReadOnlyList<PublicLimit> Limits);

/// <summary>What everybody may know of one station: what some limit is held against, and nothing else of the site.</summary>
internal sealed record PublicView(string Title, DateTimeOffset Now, IReadOnlyList<PublicQuantity> Quantities)
{
    private static readonly TimeSpan LateMax = TimeSpan.FromHours(1);

    /// <summary>The worst of all limits; null where there is none.</summary>
    public PublicState? Worst => Quantities.SelectMany(quantity => quantity.Limits).Select(limit => limit.State).ToList() switch
    {
        [] => null,
        var all when all.Contains(PublicState.Exceeded) => PublicState.Exceeded,
        var all when all.Contains(PublicState.Receding) => PublicState.Receding,
        var all when all.Contains(PublicState.Unknown) => PublicState.Unknown,
        var all when all.Contains(PublicState.Watched) => PublicState.Watched,
        _ => PublicState.Within,
    };

    /// <summary>What is known of a station.</summary>
    /// <param name="options">The station.</param>
    /// <param name="snapshot">What is now, in the reader's language.</param>
    /// <param name="statuses">Where all rules stand.</param>
    /// <param name="language">The language.</param>
    public static PublicView Of(PublicOptions options, Snapshot snapshot, IReadOnlyList<AlertStatus> statuses, Language language)
    {
        var station = snapshot.Sites.FirstOrDefault(site => site.Id == options.Site)?.Stations.FirstOrDefault(known => known.Id == options.Station);
        var title = (language == Language.Chinese ? options.TitleZh ?? options.Title : options.Title) ?? station?.Label ?? options.Station;
        var now = DateTimeOffset.FromUnixTimeMilliseconds(snapshot.NowMs);
        return new PublicView(
            title,
            now,
            Distinct([
                .. statuses.Where(status => status.Subject.Site == options.Site && status.Subject.Station == options.Station && IsPlain(status.Rule) && IsInForce(status, now))
                    .GroupBy(status => status.Subject)
                    .OrderByDescending(group => group.Max(status => status.Phase == AlertPhase.Firing))
                    .ThenBy(group => group.Key.Measurand)
                    .ThenBy(group => group.Key.Device, StringComparer.Ordinal)
                    .ThenBy(group => group.Key.Channel, StringComparer.Ordinal)
                    .Select(group => (group.Key, QuantityOf([.. group], snapshot, station, language))),
            ], station, Vocabulary.Of(language)));
    }

    // Two probes of one quantity: what they are called at the place, or else their names, tells them apart.
    private static List<PublicQuantity> Distinct(
        List<(AlertSubject Subject, PublicQuantity Quantity)> all, StationView? station, Vocabulary words)
    {
        string DeviceOf(AlertSubject subject) =>
            station?.Values.FirstOrDefault(value => value.Gateway == subject.Gateway && value.Device == subject.Device)?.DeviceLabel ?? subject.Device;
        var named = all;
        foreach (var part in new Func<AlertSubject, string>[] { DeviceOf, subject => subject.Name.Channel, subject => subject.Device, subject => subject.Gateway })
        {
            var told = named.ToLookup(each => each.Quantity.Label, each => part(each.Subject), StringComparer.Ordinal);
            named = named.ConvertAll(each => told[each.Quantity.Label].Distinct(StringComparer.Ordinal).Skip(1).Any()
                ? each with { Quantity = each.Quantity with { Label = $"{each.Quantity.Label}{words.Comma}{part(each.Subject)}" } }
                : each);
        }

        return named.ConvertAll(each => each.Quantity);
    }

    // What is no limit yet, or no more, is kept by nobody; an alarm of it stands until it is over.
    private static bool IsInForce(AlertStatus status, DateTimeOffset now) =>
        status.Phase.IsAnnounced || status.Rule.Validity.Holds(now);

    // A mean comes with the first value after its period. One that is too incomplete does not come: then the last is no more.
    private static bool IsCurrent(AlertStatus status, DateTimeOffset now, TimeSpan underWay) => status.Rule.Statistic is not MeanStatistic { Spacing: var spacing }
        || (status.JudgedAt is { } at && now - at <= spacing + (spacing < LateMax ? spacing : LateMax) + underWay);

    // What a change, a comparison or a silence is held against says nothing to whoever only wants to know of the water.
    private static bool IsPlain(AlertRule rule) => rule.Joint is null && rule.Statistic is null or MeanStatistic
        && rule.Unit == rule.Measurand.Unit && !rule.Measurand.IsFoundByBackend;

    private static PublicQuantity QuantityOf(IReadOnlyList<AlertStatus> statuses, Snapshot snapshot, StationView? station, Language language)
    {
        var ((_, _, gateway, device, _, measurand), rule) = (statuses[0].Subject, statuses[0].Rule);
        var (words, (channel, average)) = (Vocabulary.Of(language), statuses[0].Subject.Name);
        var statistic = StatisticOf(rule, language);
        var value = station?.Values.FirstOrDefault(known => known.Gateway == gateway && known.Device == device && known.Channel == channel);
        var mean = average is null ? null : snapshot.Averages.FirstOrDefault(known =>
            (known.Site, known.Station, known.Gateway, known.Device, known.Channel, known.Average)
            == (statuses[0].Subject.Site, statuses[0].Subject.Station, gateway, device, channel, average));
        var isFresh = mean is null ? value is { IsOld: false, Value: not null } && value.IsReliable
            : mean.Value is not null && snapshot.NowMs - mean.EndMs <= mean.OldAfterMs;
        // A probe that is stuck stays within every limit; what it has exceeded is told all the same.
        var isDoubtful = mean is null && value is { IsSuspect: true };
        var isTold = isFresh && !(isDoubtful && statuses.All(status => status.Phase == AlertPhase.Normal));
        var (number, atMs, oldAfterMs) = mean is null ? (value?.Text, value?.TimeMs, value?.OldAfterMs ?? 0) : (mean.Text, mean.EndMs, mean.OldAfterMs);
        var (now, underWay) = (DateTimeOffset.FromUnixTimeMilliseconds(snapshot.NowMs), TimeSpan.FromMilliseconds(oldAfterMs));

        // A mean that a rule makes for itself has no number here: its limit says that it is one, beside the value that it is made of.
        return new PublicQuantity(
            average is null || statistic is null ? words.Label(measurand) : $"{words.Label(measurand)}{words.Comma}{statistic}",
            isTold ? number : null,
            words.Unit(measurand.Unit),
            atMs is { } ms ? DateTimeOffset.FromUnixTimeMilliseconds(ms) : null,
            IsAir(measurand),
            (value?.Grade ?? statuses[0].Grade) == DescribedDevices.Indicative,
            [.. statuses.OrderBy(status => status.Rule.Threshold.RaiseLimit).Select(status => LimitOf(status, isFresh && IsCurrent(status, now, underWay), isDoubtful, words, average is null ? StatisticOf(status.Rule, language) : null))]);
    }

    private static PublicLimit LimitOf(AlertStatus status, bool isFresh, bool isDoubtful, Vocabulary words, string? statistic)
    {
        var rule = status.Rule;
        var text = $"{words.Side(rule.Threshold.Side.Word)} {Figures.Limit(rule.Threshold.RaiseLimit)} {words.Unit(rule.Unit)}".TrimEnd() + (statistic is null ? "" : $" ({statistic})");
        var standard = rule.Standard is { } name ? words.Clause(rule) is { } clause ? $"{name}, {clause}" : name : null;
        return new PublicLimit(
            text,
            standard,
            status.Phase switch
            {
                AlertPhase.Firing => PublicState.Exceeded,
                AlertPhase.Clearing => PublicState.Receding,
                _ when !isFresh => PublicState.Unknown,
                AlertPhase.Pending => PublicState.Watched,
                _ when isDoubtful => PublicState.Unknown,
                _ => PublicState.Within,
            },
            status.Since);
    }

    private static string? StatisticOf(AlertRule rule, Language language) =>
        language == Language.Chinese ? rule.StatisticTextZh ?? rule.StatisticText : rule.StatisticText;

    private static bool IsAir(Measurand measurand) => measurand is Measurand.Pm10 or Measurand.Pm25 or Measurand.Pm1 or Measurand.Pm10Dry
        or Measurand.Pm25Dry or Measurand.AirQualityIndexChina or Measurand.AirQualityIndexUs;
}

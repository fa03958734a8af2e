using Microsoft.Data.Sqlite;
using PondSentinel.Alerting;
using PondSentinel.Backend.Alerting;
using PondSentinel.Backend.Storage;
using PondSentinel.Measurements;
using PondSentinel.Toml;

namespace PondSentinel.Backend.Commands;

/// <summary>The channels that a backend has had values of: a name that is of none of them may be mistyped, and a rule that finds none of what
/// it looks at never rings.</summary>
/// <param name="channels">The channels.</param>
internal sealed class KnownPlaces(IReadOnlyList<AlertSubject> channels)
{
    private const int NamedMax = 3;

    private static readonly KnownPlaces None = new([]);

    /// <summary>Reads them.</summary>
    /// <param name="state">The state database. Where there is none yet, or it cannot be read by whoever asks, nothing is known.</param>
    public static KnownPlaces Read(string state)
    {
        if (!File.Exists(state))
        {
            return None;
        }

        try
        {
            using var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = state, Mode = SqliteOpenMode.ReadOnly, Pooling = false }.ToString());
            connection.Open();
            using var transaction = connection.BeginTransaction(deferred: true);
            var rows = transaction.Query(
                "SELECT DISTINCT site, station, gateway, device, channel, measurand FROM ingest_channel ORDER BY site, station, device, channel",
                reader => MeasurandNames.TryParse(reader.GetString(5), out var measurand)
                    ? new AlertSubject(reader.GetString(0), reader.GetString(1), reader.GetString(2), reader.GetString(3), reader.GetString(4), measurand)
                    : null);
            return new KnownPlaces([.. rows.OfType<AlertSubject>()]);
        }
        catch (SqliteException)
        {
            return None;
        }
    }

    /// <summary>What is none of them, in a line each; nothing where none is known.</summary>
    /// <param name="site">A site; null for all.</param>
    /// <param name="station">A station.</param>
    /// <param name="device">A device.</param>
    /// <param name="channel">A channel.</param>
    public IEnumerable<string> Unknown(string? site, string? station, string? device, string? channel = null) => new[]
    {
        Unknown("site", site, known => known.Site), Unknown("station", station, known => known.Station), Unknown("device", device, known => known.Device),
        Unknown("channel", channel, known => known.Channel),
    }.OfType<string>();

    /// <summary>Whether it is a gateway: what the backend finds of one has its name in the place of a station.</summary>
    /// <param name="name">The name; null for none.</param>
    public bool HasGateway(string? name) => channels.Any(known => known.Gateway == name);

    /// <summary>The sites that have both, in the order of their names.</summary>
    /// <param name="station">A station; null for any.</param>
    /// <param name="device">A device; null for any.</param>
    public IReadOnlyList<string> SitesOf(string? station, string? device) =>
    [
        .. channels.Where(known => (station is null || known.Station == station) && (device is null || known.Device == device))
            .Select(known => known.Site).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal),
    ];

    /// <summary>What a rule looks at and nothing has come of, in a line each; nothing where no channel is known.</summary>
    /// <param name="rule">The rule.</param>
    public IReadOnlyList<string> Missing(AlertRule rule) =>
        channels.Count == 0 ? []
        : rule.Measurand == Measurand.GatewaySilence ? [.. new[] { Unknown("site", rule.Site, known => known.Site), Unknown("gateway", rule.Station, known => known.Gateway) }.OfType<string>()]
        : rule.Measurand.IsFoundByBackend ? []
        : [.. MissingItself(rule), .. MissingInputs(rule)];

    private List<string> MissingItself(AlertRule rule)
    {
        var names = Unknown(rule.Site, rule.Station, rule.Device, rule.Channel).ToList();
        var hasPlace = (rule.Site ?? rule.Station ?? rule.Device ?? rule.Channel) is not null;
        if (names.Count > 0 || !hasPlace || rule.PresetRule is not null || rule.Average is not null || channels.Any(rule.AppliesTo))
        {
            return names;
        }

        // Each of its names is known, and no channel has all of them.
        var there = channels.Where(known => (rule with { Measurand = known.Measurand }).AppliesTo(known)).Select(known => known.Measurand.WireName);
        return
        [
            $"it never rings: no channel that has come is {rule.Measurand.WireName} at {rule.Site ?? "*"}/{rule.Station ?? "*"} {rule.Device ?? "*"}.{rule.Channel ?? "*"}{There(there)}",
        ];
    }

    private IEnumerable<string> MissingInputs(AlertRule rule)
    {
        if (rule.Joint is not { } joint)
        {
            yield break;
        }

        var watched = rule.Average is null ? channels.Where(rule.AppliesTo).ToList() : [];
        var found = watched.SelectMany(own => channels.Select(other => rule.InputsOf(own, other))).Aggregate(0, (all, one) => all | one);
        // A preset has rules for probes of several kinds, and what bars may well be missing: then a name alone is strange.
        var inputs = joint.Conditions.Select((condition, i) => (condition.Of, Bit: 2 << i, Without: Without(condition), IsNeeded: condition is { IsShown: false, IsBar: false })).ToList();
        if (joint.Against is { } against)
        {
            inputs.Insert(0, (against.Of, 1, "what it is compared with has not come, so it never rings", true));
        }

        foreach (var (of, _, without, isNeeded) in inputs.Where(input => (found & input.Bit) == 0))
        {
            var names = Unknown(Named(of.Site), Named(of.Station), of.Device, of.Channel).ToList();
            if (names.Count > 0)
            {
                yield return $"{without}: {names[0]}";
            }
            else if (isNeeded && watched.Count > 0 && rule.PresetRule is null)
            {
                var elsewhere = channels.Where(known =>
                    known.Measurand == of.Measurand && (Named(of.Station) ?? known.Station) == known.Station && (of.Device ?? known.Device) == known.Device);
                yield return $"{without}: no channel that has come is {of.Measurand.WireName} at {of.Place}{There(elsewhere.Select(known => $"{known.Site}/{known.Station} {known.Device}.{known.Channel}"))}";
            }
        }
    }

    private static string Without(Condition condition) => condition switch
    {
        { IsShown: true } => "what is to be shown beside it has not come",
        { IsConfirmation: true } => "what is to confirm it has not come, so nothing does",
        { IsBar: true } => "what is to bar it has not come, so nothing does",
        _ => "what a condition looks at has not come, so it never rings",
    };

    private static string? Named(string? name) => name == ChannelSelector.All ? null : name;

    private static string There(IEnumerable<string> names) => names.Distinct(StringComparer.Ordinal).ToList() switch
    {
        [] => "",
        [var one] => $"; there is {one}",
        var many => $"; there are {string.Join(", ", many.Take(NamedMax))}{(many.Count > NamedMax ? " and others" : "")}",
    };

    private string? Unknown(string kind, string? name, Func<AlertSubject, string> of)
    {
        if (name is null || channels.Count == 0 || channels.Any(known => of(known) == name))
        {
            return null;
        }

        return $"nothing has come of a {kind} {name} yet{(Units.Nearest(name, channels.Select(of).Distinct(StringComparer.Ordinal)) is { } nearest ? $"; did you mean {nearest}?" : "")}";
    }
}

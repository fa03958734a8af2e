using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace PondSentinel.Backend.Web;

/// <summary>All that the page shows, as <c>GET /api/now</c> gives it. Times are UTC, ms since 1970, by the measurement's own
/// clock; ages are to be counted from <see cref="NowMs"/>, never from the reader's clock.</summary>
internal sealed record Snapshot
{
    [JsonPropertyName("v")]
    public int Version { get; init; } = 1;

    /// <summary>The backend's time.</summary>
    public required long NowMs { get; init; }

    /// <summary>The backend's name.</summary>
    public required string Backend { get; init; }

    /// <summary>How many rules there are.</summary>
    public required int Rules { get; init; }

    /// <summary>Over how many pairs of a rule and a channel they watch.</summary>
    public required int Watched { get; init; }

    /// <summary>Whether there are more gateways or channels than fit: some are missing here, though not in the store.</summary>
    public required bool IsFull { get; init; }

    public required IReadOnlyList<AlertView> Alerts { get; init; }

    /// <summary>Silences in force, the one that ends first first.</summary>
    public IReadOnlyList<SilenceView> Silences { get; init; } = [];

    /// <summary>Alerts that have ended in the last 24 hours, the latest first, at most 20.</summary>
    public required IReadOnlyList<EndedView> Ended { get; init; }

    public required IReadOnlyList<SiteView> Sites { get; init; }

    /// <summary>The newest window of each average of a channel; at most 1,000.</summary>
    public IReadOnlyList<AverageView> Averages { get; init; } = [];

    /// <summary>How complete the channels are, worst first; at most 200.</summary>
    public IReadOnlyList<CompletenessView> Completeness { get; init; } = [];

    /// <summary>How many channels account is kept of.</summary>
    public int CompletenessChannels { get; init; }

    /// <summary>Calibrations that are due, or will be within 14 days, the one that is due first first; at most 100.</summary>
    public IReadOnlyList<DueView> CalibrationsDue { get; init; } = [];

    public required IReadOnlyList<GatewayView> Gateways { get; init; }

    /// <summary>The JSON, one line.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, SnapshotJson.Lines.Snapshot);
}

/// <summary>An alert that is pending, firing or clearing.</summary>
internal sealed record AlertView
{
    public required string Rule { get; init; }

    /// <summary><c>pending</c>, <c>firing</c> or <c>clearing</c>.</summary>
    public required string Phase { get; init; }

    /// <summary><c>info</c>, <c>medium</c>, <c>high</c> or <c>urgent</c>.</summary>
    public required string Severity { get; init; }

    public required string Site { get; init; }

    public required string Station { get; init; }

    public required string Channel { get; init; }

    public required string Measurand { get; init; }

    public required string Unit { get; init; }

    /// <summary>The channel's newest number, in words; null where it has none.</summary>
    public required string? Value { get; init; }

    /// <summary>When that number was measured.</summary>
    public required long? ValueMs { get; init; }

    /// <summary>Age, in ms, beyond which that number is old.</summary>
    public required long OldAfterMs { get; init; }

    public required string? Peak { get; init; }

    public required string Limit { get; init; }

    /// <summary><c>above</c> or <c>below</c>.</summary>
    public required string Side { get; init; }

    public required long? SinceMs { get; init; }

    /// <summary><c>reference</c> or <c>indicative</c>; null where the gateway has not said.</summary>
    public required string? Grade { get; init; }

    public required string Text { get; init; }

    public required string? Do { get; init; }

    public required string? Standard { get; init; }

    public required string? Clause { get; init; }

    public required string Device { get; init; }

    /// <summary>The alarm that people know it as; null where they were not told, as of what is pending.</summary>
    public string? Alarm { get; init; }

    /// <summary>The episode that goes on; null where people were not told. Links in messages name it.</summary>
    public string? Episode { get; init; }

    /// <summary>Who has taken it on; null where nobody has.</summary>
    public AcknowledgedView? Acknowledged { get; init; }

    /// <summary>Until when nobody is told of it, by the silence that lasts longest; null where none covers it.</summary>
    public long? SilencedUntilMs { get; init; }
}

/// <summary>Who has taken an alarm on.</summary>
internal sealed record AcknowledgedView(string By, long AtMs, string Note);

/// <summary>A silence; what is null stands for all.</summary>
internal sealed record SilenceView(
    long Id, string? Rule, string? Site, string? Station, string? Device, long UntilMs, string By, string Why);

/// <summary>An alert that is over.</summary>
internal sealed record EndedView
{
    public required string Rule { get; init; }

    public required string Severity { get; init; }

    public required string Site { get; init; }

    public required string Station { get; init; }

    public required string Channel { get; init; }

    public required string Measurand { get; init; }

    public required string Unit { get; init; }

    public required string Peak { get; init; }

    public required string Limit { get; init; }

    public required string Side { get; init; }

    public required long SinceMs { get; init; }

    public required long ClearedMs { get; init; }

    /// <summary>Since when the value was back, where a hold followed; null where none did or nobody knows.</summary>
    public required long? BackMs { get; init; }

    /// <summary><c>reference</c> or <c>indicative</c>; null where the gateway has not said.</summary>
    public required string? Grade { get; init; }

    public required string Text { get; init; }
}

/// <summary>A site.</summary>
internal sealed record SiteView(string Id, IReadOnlyList<StationView> Stations);

/// <summary>A place at a site.</summary>
internal sealed record StationView(string Id, string? Label, IReadOnlyList<ValueView> Values);

/// <summary>The newest value of a channel.</summary>
internal sealed record ValueView
{
    public required string Gateway { get; init; }

    public required string Device { get; init; }

    public required string? DeviceLabel { get; init; }

    public required string Channel { get; init; }

    public required string Label { get; init; }

    /// <summary>Wire name of the measurand.</summary>
    public required string Measurand { get; init; }

    public required string Unit { get; init; }

    /// <summary>The number, exact; null where it was due and is missing.</summary>
    public required double? Value { get; init; }

    /// <summary>The number as it is shown.</summary>
    public required string? Text { get; init; }

    /// <summary>When it was measured.</summary>
    public required long TimeMs { get; init; }

    /// <summary>Age, in ms, beyond which it is old: by then the next one was due for long.</summary>
    public required long OldAfterMs { get; init; }

    /// <summary>Whether it was old at <see cref="Snapshot.NowMs"/>.</summary>
    public required bool IsOld { get; init; }

    /// <summary><c>good</c>, <c>unchecked</c>, <c>suspect</c>, <c>bad</c> or <c>missing</c>.</summary>
    public required string Flag { get; init; }

    /// <summary>Whether it is there and has failed no test for sure. It may be suspect.</summary>
    [JsonIgnore]
    public bool IsReliable => Flag is not ("bad" or "missing");

    /// <summary>Whether a test doubts it, as that of a probe that is stuck.</summary>
    [JsonIgnore]
    public bool IsSuspect => Flag == "suspect";

    public required IReadOnlyList<string> Reasons { get; init; }

    /// <summary><c>reference</c> or <c>indicative</c>; null where the gateway has not said.</summary>
    public required string? Grade { get; init; }

    /// <summary>The newest number there was, where the present one is missing.</summary>
    public required string? LastText { get; init; }

    public required long? LastMs { get; init; }

    /// <summary>Channels that are looked at together with it: a rule compares them, or they are above or below on the same water.</summary>
    public required IReadOnlyList<CompanionView> Beside { get; init; }
}

/// <summary>A channel that is looked at together with another.</summary>
internal sealed record CompanionView(string Site, string Station, string? StationLabel, string Gateway, string Device, string Channel, string Label);

/// <summary>The newest window of an average of a channel.</summary>
internal sealed record AverageView
{
    public required string Site { get; init; }

    public required string Station { get; init; }

    public required string Gateway { get; init; }

    public required string Device { get; init; }

    public required string Channel { get; init; }

    /// <summary>The average's id.</summary>
    public required string Average { get; init; }

    public required string Label { get; init; }

    /// <summary>Wire name of what the value is a number of.</summary>
    public required string Measurand { get; init; }

    public required string Unit { get; init; }

    /// <summary>As its standard rounds it; null where too few hours are valid.</summary>
    public required double? Value { get; init; }

    /// <summary>The number as it is shown.</summary>
    public required string? Text { get; init; }

    /// <summary>When the window ends.</summary>
    public required long EndMs { get; init; }

    /// <summary>Age, in ms, beyond which it is old: by then the next one was over for long.</summary>
    public required long OldAfterMs { get; init; }

    /// <summary><c>valid</c>, <c>extrapolated</c> or <c>no-data</c>.</summary>
    public required string State { get; init; }

    /// <summary>How many hours of the window are valid.</summary>
    public required int Hours { get; init; }

    /// <summary>How many have to be.</summary>
    public required int Needed { get; init; }

    /// <summary>How many there are.</summary>
    public required int Length { get; init; }

    /// <summary><c>reference</c> or <c>indicative</c>; null where the gateway has not said.</summary>
    public required string? Grade { get; init; }
}

/// <summary>A channel whose next calibration is due at a time.</summary>
internal sealed record DueView(string Site, string Station, string Gateway, string Device, string Channel, string Label, long DoneMs, long DueMs);

/// <summary>A gateway.</summary>
internal sealed record GatewayView
{
    public required string Site { get; init; }

    public required string Id { get; init; }

    /// <summary><c>on</c>, <c>stopped</c> or <c>offline</c>.</summary>
    public required string Standing { get; init; }

    public required long? HeardMs { get; init; }

    public required string? Hardware { get; init; }

    public required string? Software { get; init; }

    public required HealthView? Health { get; init; }
}

/// <summary>What a gateway last said of its health.</summary>
internal sealed record HealthView
{
    public required long TimeMs { get; init; }

    /// <summary>Records that wait for a receipt.</summary>
    public required long Unsettled { get; init; }

    public required long UnsettledBytes { get; init; }

    public required long? OldestUnsettledMs { get; init; }

    public required long BufferBytes { get; init; }

    public required long BufferBytesMax { get; init; }

    public required string? BufferFault { get; init; }

    public required IReadOnlyList<LossView> Lost { get; init; }

    /// <summary>Where it has its time from; null while nobody vouches for it.</summary>
    public required string? Clock { get; init; }

    public required long? ClockErrorMs { get; init; }

    /// <summary>How far it is ahead of the backend's clock; null where nobody has compared them.</summary>
    public long? ClockAheadMs { get; init; }

    /// <summary>Whole days until its certificate ends; null where it has none or does not know the time.</summary>
    public required int? CertificateDays { get; init; }
}

/// <summary>Records lost for one cause: in words, how many, and the cause's name on the wire.</summary>
internal sealed record LossView(string Cause, long Count, string Token);

/// <summary>How complete a channel is. Device and channel are empty for losses that no channel can be told of.</summary>
internal sealed record CompletenessView
{
    public required string Site { get; init; }

    public required string Station { get; init; }

    public required string Gateway { get; init; }

    public required string Device { get; init; }

    public required string Channel { get; init; }

    public required string Label { get; init; }

    public required CompletenessSpan Today { get; init; }

    /// <summary>The 30 days before, and today.</summary>
    public required CompletenessSpan Month { get; init; }
}

/// <summary>What became of the polls of some days.</summary>
internal sealed record CompletenessSpan
{
    /// <summary>From 0 to 1, rounded down to thousandths.</summary>
    public required double Share { get; init; }

    public required long Expected { get; init; }

    /// <summary>In a sentence.</summary>
    public required string Text { get; init; }

    public required long Late { get; init; }

    public required long Extra { get; init; }

    public required IReadOnlyList<CompletenessPart> Parts { get; init; }
}

/// <summary>Polls with one fate.</summary>
internal sealed record CompletenessPart(string Fate, string Words, long Count, string Span, bool IsComplete);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(Snapshot))]
internal sealed partial class SnapshotJson : JsonSerializerContext
{
    // The page never pastes it into HTML, so units stay readable.
    public static SnapshotJson Lines =>
        field ??= new(new JsonSerializerOptions(Default.Options!) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
}

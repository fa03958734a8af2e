namespace PondSentinel.Backend.Alerting;

/// <summary>How far back values are kept to be stepped again.</summary>
/// <param name="Lateness">Values younger than the newest by no more than this are kept. Default 2 h.</param>
/// <param name="KeptMin">At least so many values of a channel are kept, however old: a backlog is resent out of order
/// within what is in flight.</param>
/// <param name="KeptMax">Never more than so many, however young.</param>
internal sealed record RewindWindow(TimeSpan Lateness, int KeptMin, int KeptMax)
{
    public static RewindWindow Default { get; } = new(TimeSpan.FromHours(2), KeptMin: 2_048, KeptMax: 20_000);

    /// <summary>How many kept values late ones of a gateway may step again within one transaction; its other channels wait for the
    /// next, and so do the other gateways for no longer. One channel may always.</summary>
    public int RewoundMax { get; init; } = 50_000;

    public long LatenessNs => (long)Lateness.TotalMilliseconds * 1_000_000;
}

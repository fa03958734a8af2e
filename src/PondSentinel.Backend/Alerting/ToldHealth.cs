using PondSentinel.Backend.Ingest;
using PondSentinel.Wire;

namespace PondSentinel.Backend.Alerting;

/// <summary>What a gateway has said of its clock.</summary>
/// <param name="Gateway">The gateway.</param>
/// <param name="Trust">How good it is; null: nobody vouches for it.</param>
/// <param name="Compared">How it compares with the backend's; null where nobody has compared them, or the backend's was another since.</param>
internal sealed record ToldClock(GatewayName Gateway, ClockStamp? Trust, ClockComparison? Compared);

/// <summary>What gateways have said in their health, since the start, of what rules are held against.</summary>
/// <param name="time">The clock: ages are measured by the one that never steps.</param>
internal sealed class ToldHealth(TimeProvider time)
{
    /// <summary>For how long a clock is what its gateway said last.</summary>
    public static readonly TimeSpan Holds = TimeSpan.FromMinutes(10);

    private const long GathersSecondsMax = 3_600;

    private readonly Dictionary<GatewayName, int?> certificates = [];
    private readonly Dictionary<GatewayName, (long At, ToldClock Clock)> clocks = [];
    private readonly Dictionary<GatewayName, TimeSpan> gathering = [];
    private long? setAt;

    /// <summary>How many days each has left of its certificate; null: it has none.</summary>
    public IReadOnlyDictionary<GatewayName, int?> CertificateDays => certificates;

    /// <summary>The clocks of those that said something of them lately.</summary>
    public IEnumerable<ToldClock> Clocks => clocks.Values
        .Where(told => time.GetElapsedTime(told.At) <= Holds)
        .Select(told => told.Clock with { Compared = IsOfNow(told.At, told.Clock.Compared) ? told.Clock.Compared : null });

    /// <summary>For how long one lets its live records gather; zero where they go at once, or it has not said.</summary>
    /// <param name="gateway">The gateway.</param>
    public TimeSpan GathersFor(GatewayName gateway) => gathering.GetValueOrDefault(gateway);

    /// <summary>Takes what one says.</summary>
    /// <param name="gateway">The gateway.</param>
    /// <param name="health">Its message; one that cannot be read changes nothing.</param>
    public void Take(GatewayName gateway, ReadOnlySpan<byte> health)
    {
        if (HealthCodec.Decode(health).Value is not { } told)
        {
            return;
        }

        clocks[gateway] = (time.GetTimestamp(), new ToldClock(gateway, told.Clock, told.AgainstBackend));

        gathering[gateway] = TimeSpan.FromSeconds(Math.Clamp(told.Link?.BatchSeconds ?? 0, 0, GathersSecondsMax));

        // Before it has the time after a start it cannot know how many days are left: that is not to have none.
        if (told.CertificateDays is not null || told.Clock is not null)
        {
            certificates[gateway] = told.CertificateDays;
        }
    }

    /// <summary>The backend's own clock was set: what was compared with it before says nothing of it now.</summary>
    public void ForgetCompared() => setAt = time.GetTimestamp();

    private bool IsOfNow(long toldAt, ClockComparison? compared) =>
        setAt is not { } set || compared is null || time.GetElapsedTime(set, toldAt).TotalSeconds > compared.Value.AgeSeconds;
}

using PondSentinel.Backend.Ingest;
using PondSentinel.Measurements;
using PondSentinel.Wire;

namespace PondSentinel.Backend.Alerting;

/// <summary>How far clocks are off: those of gateways, and the backend's own where most of them say so.</summary>
/// <remarks>
/// <para>A gateway tells how its clock compares with the backend's, and within what bound: by a question and its answer, so that no delay can
/// look like a clock. What counts is what is certain, the least that the bound leaves. One that goes by the backend's word cannot
/// disagree with it and has no vote.</para>
/// <para>Where more than half of all clocks that speak, the backend's among them, agree with each other and not with the backend's, that one
/// is off, and gateways are held against those that agree: one alarm, not one of each gateway.</para>
/// </remarks>
internal static class ClockFindings
{
    // What the kernel itself says of a clock that nobody has set right (include/linux/timex.h, NTP_PHASE_LIMIT).
    private const double UnknownSeconds = 16;

    private const double MsPerSecond = 1000;

    /// <summary>Looks.</summary>
    /// <param name="backend">The backend's name.</param>
    /// <param name="clocks">What gateways have said.</param>
    /// <param name="retired">Gateways that were taken down, or are at another site now.</param>
    public static Findings Of(string backend, IEnumerable<ToldClock> clocks, IReadOnlySet<GatewayName> retired)
    {
        var told = clocks.Where(clock => !retired.Contains(clock.Gateway)).ToList();
        var compared = told.Select(RangeOf).OfType<ClockRange>().ToList();
        var agreed = MostOf(compared);
        var own = AlertSubject.ClockOf(backend);
        List<Finding> all = [.. told.Select(clock => new Finding(AlertSubject.ClockOf(clock.Gateway), ErrorOf(clock, agreed)))];
        if (compared.Count > 1)
        {
            all.Add(new Finding(own, agreed.From(default) / MsPerSecond));
        }

        return new Findings(
            Measurand.ClockError,
            all,
            subject => subject.Device == own.Device ? subject != own : retired.Contains(subject.Owner));
    }

    private static double ErrorOf(ToldClock clock, ClockRange agreed) => clock.Trust is not { } trust
        ? UnknownSeconds
        : Math.Max(RangeOf(clock) is { } range ? range.From(agreed) : 0, trust.ErrorMs) / MsPerSecond;

    // As decimals: a gateway may say any number.
    private static ClockRange? RangeOf(ToldClock clock) => clock is { Trust: { Source: not ClockSource.Srv }, Compared: { } compared }
        ? new ClockRange(compared.OffMs - (double)compared.ErrorMs, compared.OffMs + (double)compared.ErrorMs)
        : null;

    // Where most clocks agree, more than half of all and more than agree with the backend's, which is the zero and one of them; else that is
    // believed. After Marzullo.
    private static ClockRange MostOf(List<ClockRange> ranges)
    {
        var best = (Count: 0, Range: default(ClockRange));
        foreach (var low in ranges.Select(range => range.Low))
        {
            var within = ranges.FindAll(range => range.Low <= low && low <= range.High);
            if (within.Count > best.Count)
            {
                best = (within.Count, new ClockRange(low, within.Min(range => range.High)));
            }
        }

        var withBackend = ranges.Count(range => range.Low <= 0 && range.High >= 0) + 1;
        return best.Count * 2 > ranges.Count + 1 && best.Count > withBackend ? best.Range : default;
    }

    /// <summary>How far a clock is ahead of the backend's, as far as anybody knows: from the least to the most, ms.</summary>
    private readonly record struct ClockRange(double Low, double High)
    {
        /// <summary>How far it is from another at least; 0 where they may be the same.</summary>
        public double From(ClockRange other) => Math.Max(0, Math.Max(Low - other.High, other.Low - High));
    }
}

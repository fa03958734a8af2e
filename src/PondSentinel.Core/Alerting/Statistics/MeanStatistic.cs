using System.Globalization;
using PondSentinel.Measurements;

namespace PondSentinel.Alerting;

/// <summary>The mean over a period: rolling, or of each whole period by the clock. Too incomplete, it is none.</summary>
/// <remarks>
/// <para>A rolling mean comes at the end of each twelfth of the period, from 8 h on at the end of each hour; one by the clock at
/// the end of the period. A part of the period (a twelfth, an hour; by the clock up to 1 h the whole) is valid where 75 % of it
/// are covered by values, for 1 h 45 minutes (GB 3095-2012 Table 4, HJ 212-2017 App. D); the mean is that of the valid parts.</para>
/// <para>A period with too few valid parts gives nothing: it is neither above a limit nor below.</para>
/// <para>With values beyond what the probe can measure it is a bound, as they are: of a storm of 3,000 µg/m³ the mean is at least what
/// the numbers of a probe for 1,000 make.</para>
/// </remarks>
public sealed record MeanStatistic : Statistic
{
    private const double PartCovered = 0.75;
    private const double ShareTolerance = 1e-9;
    private const int PartsOfShort = 12;
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);
    private static readonly TimeSpan HoursFrom = TimeSpan.FromHours(8);

    /// <summary>The period. Rolling: 1 min to 31 days, from 8 h on in whole hours. By the clock: a whole part of 24 h, above 1 h in
    /// whole hours.</summary>
    public required TimeSpan Period { get; init; }

    /// <summary>Whether it is the mean of each whole period by the clock, and not a rolling one.</summary>
    public bool IsByClock { get; init; }

    /// <summary>What the local time that periods begin by is ahead of UTC, for means by the clock.</summary>
    public TimeSpan UtcOffset { get; init; }

    /// <summary>Least share of valid parts, 0 to 1. Default 0.75; 20 of 24 hours are 0.83.</summary>
    public double Complete { get; init; } = 0.75;

    /// <summary>To how many of the channel's units the mean is rounded before a limit is held against it, 0 or more; 0: not at all.
    /// </summary>
    public double RoundTo { get; init; }

    /// <summary>Where a mean right between two is rounded to: to the even one (GB/T 8170), or up (40 CFR 50 App. K).</summary>
    public bool IsHalfUp { get; init; }

    /// <inheritdoc/>
    public override string Text => string.Create(
        CultureInfo.InvariantCulture,
        $"{(IsByClock ? "" : "rolling ")}{Period.TotalHours:0.##} h mean{(IsByClock ? $" (UTC{UtcOffset.TotalHours:+0.##;-0.##;+0})" : "")}, {Complete:P0} complete").Replace(" %", "%", StringComparison.Ordinal);

    /// <inheritdoc/>
    public override TimeSpan Spacing => IsByClock ? Period : Part;

    private TimeSpan Part =>
        IsByClock ? (Period < Hour ? Period : Hour)
        : Period >= HoursFrom ? Hour
        : TimeSpan.FromMilliseconds(Math.Ceiling(Period.TotalMilliseconds / PartsOfShort));

    private int Parts => (int)Math.Round(Period / Part);

    /// <inheritdoc/>
    public override Statistic InLocalTime(TimeSpan utcOffset) => IsByClock ? this with { UtcOffset = utcOffset } : this;

    /// <inheritdoc/>
    public override IStatisticRun Begin(ReadOnlySpan<byte> memory) => new Run(
        this, new SlotMeans(Part, Parts, IsByClock ? UtcOffset : TimeSpan.Zero, SilenceMax, PartCovered, memory, takesBounds: true));

    private double Rounded(double mean) =>
        RoundTo == 0 ? mean : IsHalfUp ? Rounding.HalfUp(mean, RoundTo) : Rounding.HalfToEven(mean, RoundTo);

    private sealed class Run(MeanStatistic statistic, SlotMeans slots) : IStatisticRun
    {
        private readonly int parts = statistic.Parts;

        public ReadOnlyMemory<byte> Memory => slots.Memory;

        public void Step(in AlertSample sample, ICollection<AlertSample> series) => slots.Add(sample, closed =>
        {
            if (statistic.IsByClock && (closed + 1) % parts != 0)
            {
                return;
            }

            var (sum, valid, isBound, complete) = (0.0, 0, false, 0.0);
            for (var slot = closed - parts + 1; slot <= closed; slot++)
            {
                if (slots.MeanOf(slot) is { } mean)
                {
                    sum += mean;
                    valid++;
                    isBound |= slots.IsBound(slot);
                    complete += slots.CoverageOf(slot) / parts;
                }
            }

            if (valid > 0 && valid >= (statistic.Complete * parts) - ShareTolerance)
            {
                var made = new AlertSample(
                    DateTimeOffset.FromUnixTimeMilliseconds(slots.EndMs(closed)), statistic.Rounded(sum / valid), Complete: complete);
                series.Add(isBound ? BeyondRange.MadeOf(made) : made);
            }
        });
    }
}

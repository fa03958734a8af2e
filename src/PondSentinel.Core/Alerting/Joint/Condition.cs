using System.Globalization;
using System.Text;
using PondSentinel.Measurements;

namespace PondSentinel.Alerting;

/// <summary>What must hold, or must not, of other channels for a rule to raise.</summary>
/// <remarks>Where several channels fit, it holds where it holds for one of them. A channel whose newest value is older than
/// <see cref="Within"/> tells nothing: a condition that must hold does not, and one that bars does not bar.</remarks>
public sealed record Condition
{
    /// <summary>Which channels.</summary>
    public required ChannelSelector Of { get; init; }

    /// <summary>What of them; null: each value by itself.</summary>
    public Statistic? Statistic { get; init; }

    /// <summary>The values for which it holds.</summary>
    public required ValueRange Range { get; init; }

    /// <summary>Whether it bars raising where it holds, instead of where it does not.</summary>
    public bool IsBar { get; init; }

    /// <summary>Whether it is a second sensor for the same: what the watched one has failed by itself counts where it holds.</summary>
    public bool IsConfirmation { get; init; }

    /// <summary>Whether it decides nothing: what its channels have is shown beside the value, for comparison.</summary>
    public bool IsShown { get; init; }

    /// <summary>How old a value may be, beside what the statistic itself takes.</summary>
    public required TimeSpan Within { get; init; }

    /// <summary>In words: <c>Wind direction from 315 to 45 ° at the same station</c>.</summary>
    public string Text => IsShown ? $"{Of.Measurand.Label} at {Of.Place}, shown beside it" : string.Create(
        CultureInfo.InvariantCulture,
        $"{(IsBar ? "not " : "")}{Of.Measurand.Label}{(Statistic is null ? "" : $", {Statistic.Text},")} {Range.Text} {Statistic?.UnitOf(Of.Measurand.Unit) ?? Of.Measurand.Unit} at {Of.Place}");

    // A rule is computed anew where this text of it changes, and then what its statistic knows is forgotten. So what came later is not said
    // unless it is in use, and of a second sensor not at all: rules of before it was told apart have it too.
    private bool PrintMembers(StringBuilder builder)
    {
        builder.Append(CultureInfo.InvariantCulture, $"Of = {Of}, Statistic = {Statistic}, Range = {Range}, IsBar = {IsBar}");
        builder.Append(CultureInfo.InvariantCulture, $"{(IsShown ? ", IsShown = True" : "")}, Within = {Within}, Text = {Text}");
        return true;
    }
}

/// <summary>Values for which a condition holds.</summary>
/// <param name="From">The lowest.</param>
/// <param name="To">The highest; below <paramref name="From"/> it is a sector of a circle that goes through its zero: north.</param>
/// <param name="IsOpen">Whether neither is one of them: it is a limit that has to be crossed.</param>
public sealed record ValueRange(double From, double To, bool IsOpen)
{
    private const double Circle = 360;

    /// <summary>All there are.</summary>
    public static ValueRange Any { get; } = new(double.NegativeInfinity, double.PositiveInfinity, IsOpen: true);

    /// <summary>All above a limit.</summary>
    /// <param name="limit">The limit.</param>
    public static ValueRange Above(double limit) => new(limit, double.PositiveInfinity, IsOpen: true);

    /// <summary>All below a limit.</summary>
    /// <param name="limit">The limit.</param>
    public static ValueRange Below(double limit) => new(double.NegativeInfinity, limit, IsOpen: true);

    /// <summary>A sector of directions, ends included. North is 0 and 360: a sector that ends at one of them has both.</summary>
    /// <param name="from">Where it begins, degrees.</param>
    /// <param name="to">Where it ends, clockwise.</param>
    public static ValueRange Sector(double from, double to) =>
        (from, to) is (0, 360) ? new(from, to, IsOpen: false) : new(from == 0 ? Circle : from, to == Circle ? 0 : to, IsOpen: false);

    /// <summary>In words.</summary>
    public string Text => string.Create(
        CultureInfo.InvariantCulture,
        $"{(double.IsPositiveInfinity(To) ? $"above {From}" : double.IsNegativeInfinity(From) ? $"below {To}" : $"from {From} to {To}")}");

    /// <summary>The number of a value that is looked at: of a thinned record the one that is farthest on the side of the range.</summary>
    /// <param name="sample">The value, one that is evidence.</param>
    public double Of(in AlertSample sample) =>
        double.IsPositiveInfinity(To) ? sample.Top : double.IsNegativeInfinity(From) ? sample.Bottom : sample.Value!.Value;

    /// <summary>The number of a value from which it follows whether it is one of them; null where nothing does. A bound that is past a
    /// limit is one of those beyond it; of any other it follows nothing.</summary>
    /// <param name="sample">The value.</param>
    internal double? Known(in AlertSample sample) =>
        sample.IsBound ? (sample.Counts && (double.IsPositiveInfinity(To) || double.IsNegativeInfinity(From)) && Holds(Of(sample)) ? Of(sample) : null)
        : sample.IsEvidence ? Of(sample)
        : null;

    /// <summary>Whether it is one of them.</summary>
    /// <param name="value">The value.</param>
    public bool Holds(double value) =>
        IsOpen ? value > From && value < To
        : From <= To ? value >= From && value <= To
        : value >= From || value <= To;
}

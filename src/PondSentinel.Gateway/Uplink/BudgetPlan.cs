namespace PondSentinel.Gateway.Uplink;

/// <summary>How thrifty a month's use asks to be. Pure.</summary>
/// <remarks>The use may grow evenly over the month to 98 % of the budget, with a start of one day's share that shrinks to nothing at
/// its end: what is urgent shall not find it used up. What it is ahead of that is counted in days' shares (a thirtieth of the
/// budget).</remarks>
internal static class BudgetPlan
{
    /// <summary>The step at which nothing but what is urgent goes.</summary>
    public const int Spent = 5;

    private const double DaysPerMonth = 30;
    private const double Planned = 0.98;

    // Going back takes a little more than going on, so that it does not flap.
    private const double HysteresisDays = 0.25;

    private static readonly (double Days, TimeSpan Interval)[] Steps =
    [
        (double.NegativeInfinity, TimeSpan.Zero),
        (0, TimeSpan.FromMinutes(1)),
        (0.5, TimeSpan.FromMinutes(5)),
        (1, TimeSpan.FromMinutes(15)),
        (2, TimeSpan.FromMinutes(60)),
    ];

    /// <summary>The step of thrift, 0 (none) to <see cref="Spent"/>.</summary>
    /// <param name="usedBytes">Used in this month.</param>
    /// <param name="budgetBytes">The month's budget.</param>
    /// <param name="monthShare">How much of the month is over, 0 to 1.</param>
    /// <param name="before">The step before.</param>
    public static int Step(long usedBytes, long budgetBytes, double monthShare, int before)
    {
        if (usedBytes >= budgetBytes)
        {
            return Spent;
        }

        var allowed = budgetBytes * ((Planned * monthShare) + ((1 - monthShare) / DaysPerMonth));
        var ahead = (usedBytes - allowed) / (budgetBytes / DaysPerMonth);
        var step = Array.FindLastIndex(Steps, candidate => ahead > candidate.Days);
        return step >= before || before == Spent ? step
            : Math.Min(before, Array.FindLastIndex(Steps, candidate => ahead > candidate.Days - HysteresisDays));
    }

    /// <summary>How long live records gather at a step, at least.</summary>
    /// <param name="step">The step.</param>
    public static TimeSpan Interval(int step) => Steps[Math.Min(step, Steps.Length - 1)].Interval;

    /// <summary>How many bytes a second the backlog may take at a step: half of what is left, evenly to the end of the month;
    /// null for no limit, 0 for none at all.</summary>
    /// <param name="step">The step.</param>
    /// <param name="leftBytes">Left of the budget.</param>
    /// <param name="leftTime">Left of the month.</param>
    public static double? BacklogRate(int step, long leftBytes, TimeSpan leftTime) => step switch
    {
        0 => null,
        Spent => 0,
        _ => leftBytes / Math.Max(leftTime.TotalSeconds, 1) / 2,
    };
}

using Microsoft.Extensions.Logging;
using PondSentinel.Wire;

namespace PondSentinel.Gateway.Uplink;

/// <summary>How sparing the uplink is with bytes at present: by its settings, and by what is left of the month's budget.
/// Thread-safe.</summary>
/// <param name="options">The settings.</param>
/// <param name="budget">The budget; null where there is none.</param>
/// <param name="bytes">What has crossed the link since the process started; null where nobody counts.</param>
internal sealed class Thrift(UplinkOptions options, DataBudget? budget, Func<LinkBytes?> bytes)
{
    private static readonly TimeSpan LookInterval = TimeSpan.FromSeconds(10);

    /// <summary>How long a sparing gateway says nothing at most: people hear of one that was silent for half an hour (the backend's
    /// preset).</summary>
    internal static readonly TimeSpan HealthIntervalMost = TimeSpan.FromMinutes(12);

    /// <summary>How long live records gather; zero where they go at once.</summary>
    public TimeSpan BatchInterval => Later(options.BatchInterval, budget is null ? TimeSpan.Zero : BudgetPlan.Interval(budget.Step));

    /// <summary>Whether the month's budget is used up: only what is urgent goes.</summary>
    public bool IsSpent => budget?.Step == BudgetPlan.Spent;

    /// <summary>Time between two messages of health, where nothing changes: later than by the settings for the budget's sake, but not so
    /// late that the backend takes this gateway for gone.</summary>
    public TimeSpan HealthInterval => Later(options.HealthInterval, BatchInterval < HealthIntervalMost ? BatchInterval : HealthIntervalMost);

    /// <summary>Time between two states that ask a silent backend for what it has.</summary>
    public TimeSpan AskAgain => Later(options.ResendAfter, BatchInterval);

    /// <summary>How long the backend's word for the time is good enough: in an hour a quartz wanders by 0.36 s at most, and a link
    /// may last for months.</summary>
    public TimeSpan TimeKeeps => TimeSpan.FromHours(options.IsThrifty ? 4 : 1);

    /// <summary>How many bytes a second the backlog may take; null for no limit, 0 where it has to wait.</summary>
    public double? BacklogRate => (options.BacklogBytesPerSecond, budget?.BacklogRate) switch
    {
        ({ } set, { } left) => Math.Min(set, left),
        ({ } set, null) => set,
        (null, var left) => left,
    };

    /// <summary>The same for health.</summary>
    public LinkHealth? Health => bytes() is not { } crossed
        ? null
        : new LinkHealth(crossed.Out, crossed.In, (long)BatchInterval.TotalSeconds)
        {
            MonthBytes = budget?.MonthBytes, BudgetBytes = budget?.BudgetBytes,
        };

    /// <summary>Keeps the budget's books until told to stop.</summary>
    /// <param name="report">Told when the budget is used up.</param>
    /// <param name="time">The clock.</param>
    /// <param name="log">The journal.</param>
    /// <param name="stop">Tells it to stop; ends the task without an exception.</param>
    public async Task WatchAsync(UplinkReport report, TimeProvider time, ILogger log, CancellationToken stop)
    {
        if (budget is null)
        {
            return;
        }

        using var timer = new PeriodicTimer(LookInterval, time);
        try
        {
            do
            {
                if (bytes() is not { } crossed)
                {
                    log.LogError("uplink: this kernel does not count the bytes of a connection (Linux 4.19 does), so data_budget cannot be kept");
                    return;
                }

                if (budget.Note(crossed.Sum))
                {
                    report.Fault("data-budget", "the data budget of this month is used up; only urgent records and events go until the next, all others are kept");
                }
            }
            while (await timer.WaitForNextTickAsync(stop));
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            budget.Save();
        }
    }

    private static TimeSpan Later(TimeSpan one, TimeSpan other) => one > other ? one : other;
}

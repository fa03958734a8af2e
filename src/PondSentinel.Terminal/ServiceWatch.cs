using System.Globalization;
using System.Net.Sockets;
using Microsoft.Extensions.Hosting.Systemd;
using Microsoft.Extensions.Logging;

namespace PondSentinel.Terminal;

/// <summary>Tells systemd how the service is: that it has begun, that all of its loops turn, that it ends. Without systemd it tells
/// nobody.</summary>
/// <remarks>Source: sd_notify(3) and sd_watchdog_enabled(3). Where a loop is stuck the watchdog is not fed: systemd ends the
/// process and starts it anew, and the journal has said which loop it was.</remarks>
public sealed class ServiceWatch
{
    // As sd_watchdog_enabled(3) recommends.
    private const int FeedsPerTimeout = 2;

    private static readonly ServiceState Fed = new("WATCHDOG=1");

    private readonly ISystemdNotifier notifier;
    private readonly TimeSpan? timeout;
    private readonly LoopWatch loops;
    private readonly TimeProvider time;
    private readonly ILogger log;
    private bool wasUnheard;

    /// <summary>Makes a watch.</summary>
    /// <param name="notifier">Who is told.</param>
    /// <param name="timeout">After how long without a word systemd ends the process; null where it does not watch.</param>
    /// <param name="loops">The loops.</param>
    /// <param name="time">For waiting.</param>
    /// <param name="log">The journal.</param>
    public ServiceWatch(ISystemdNotifier notifier, TimeSpan? timeout, LoopWatch loops, TimeProvider time, ILogger log) =>
        (this.notifier, this.timeout, this.loops, this.time, this.log) = (notifier, timeout, loops, time, log);

    /// <summary>The watch of this process, as systemd's variables say.</summary>
    /// <param name="loops">The loops.</param>
    /// <param name="time">For waiting.</param>
    /// <param name="log">The journal.</param>
    public static ServiceWatch ForThisProcess(LoopWatch loops, TimeProvider time, ILogger log) => new(
        new SystemdNotifier(),
        Timeout(
            Environment.GetEnvironmentVariable("WATCHDOG_USEC"), Environment.GetEnvironmentVariable("WATCHDOG_PID"), Environment.ProcessId),
        loops,
        time,
        log);

    /// <summary>What systemd's variables mean.</summary>
    /// <param name="microseconds">WATCHDOG_USEC.</param>
    /// <param name="process">WATCHDOG_PID.</param>
    /// <param name="own">The id of this process.</param>
    /// <returns>The timeout; null where this process is not watched.</returns>
    internal static TimeSpan? Timeout(string? microseconds, string? process, int own) =>
        long.TryParse(microseconds, NumberStyles.None, CultureInfo.InvariantCulture, out var us)
        && us is > 0 and < long.MaxValue / TimeSpan.TicksPerMicrosecond
        && (process is null || process == own.ToString(CultureInfo.InvariantCulture))
            ? TimeSpan.FromTicks(us * TimeSpan.TicksPerMicrosecond)
            : null;

    /// <summary>Tells that the service has begun.</summary>
    public void Ready() => Tell(ServiceState.Ready);

    /// <summary>Feeds the watchdog while all loops turn; tells of the end when it comes.</summary>
    /// <param name="cancellationToken">Tells that the service ends. Ends the task without an exception.</param>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            if (timeout is { } most)
            {
                await FeedAsync(most / FeedsPerTimeout, cancellationToken);
            }

            await Task.Delay(System.Threading.Timeout.InfiniteTimeSpan, time, cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            Tell(ServiceState.Stopping);
        }
    }

    private async Task FeedAsync(TimeSpan interval, CancellationToken cancellationToken)
    {
        string? told = null;
        using var timer = new PeriodicTimer(interval, time);
        do
        {
            if (loops.Stuck is not { } stuck)
            {
                told = null;
                Tell(Fed);
            }
            else if (stuck.Name != told)
            {
                told = stuck.Name;
                log.LogCritical(
                    "watchdog: {Loop} does not turn any more, it is {Late:0} s late; systemd will start this service anew",
                    stuck.Name,
                    stuck.Late.TotalSeconds);
            }
        }
        while (await timer.WaitForNextTickAsync(cancellationToken));
    }

    private void Tell(ServiceState state)
    {
        try
        {
            notifier.Notify(state);
        }
        catch (SocketException e)
        {
            if (!wasUnheard)
            {
                log.LogError("systemd cannot be told how this service is: {Reason}", e.Message);
            }

            wasUnheard = true;
        }
    }
}

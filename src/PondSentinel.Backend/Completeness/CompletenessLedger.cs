using System.Collections.Concurrent;
using Microsoft.Data.Sqlite;
using PondSentinel.Backend.Ingest;
using PondSentinel.Backend.Storage;
using PondSentinel.Wire;

namespace PondSentinel.Backend.Completeness;

/// <summary>The completeness ledger: takes facts in with ingest's own transactions, and counts days anew beside it.</summary>
/// <remarks>Observer calls come from one thread, and <see cref="RunAsync"/> works on a connection of its own.</remarks>
internal sealed class CompletenessLedger : IIngestObserver, IDisposable
{
    private static readonly TimeSpan Tick = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan ForgetEvery = TimeSpan.FromHours(1);
    private static readonly TimeSpan RestAfterFailure = TimeSpan.FromSeconds(30);

    // So that counting never takes more than a fiftieth of a processor for one gateway, and a quarter for all. By the time of the
    // processor, not of the wall: on a machine that is busy with other things a count lasts long and costs no more.
    private const int RestFactor = 50;
    private const int RestOfAllFactor = 3;

    private readonly DayGrid grid;
    private readonly SqliteConnection connection;
    private readonly LedgerKeeper keeper;
    private readonly TimeProvider time;
    private readonly ILogger logger;
    private readonly ConcurrentDictionary<string, IReadOnlyList<ChannelCompleteness>> summaries = new(StringComparer.Ordinal);

    private readonly Dictionary<string, long> resting = new(StringComparer.Ordinal);

    /// <param name="options">The settings.</param>
    /// <param name="connection">The state database; closed with this.</param>
    /// <param name="time">The backend's clock.</param>
    /// <param name="logger">Told what goes wrong.</param>
    public CompletenessLedger(CompletenessOptions options, SqliteConnection connection, TimeProvider time, ILogger logger)
    {
        grid = new DayGrid((long)options.UtcOffset.TotalMilliseconds);
        (this.connection, this.time, this.logger) = (connection, time, logger);
        keeper = new LedgerKeeper(connection, grid);
        keeper.Create(NowMs);
        foreach (var gateway in keeper.Gateways(NowMs))
        {
            summaries[gateway] = keeper.Summaries(gateway, NowMs);
        }
    }

    /// <summary>The calendar.</summary>
    public DayGrid Grid => grid;

    /// <summary>How complete every channel is. From any thread.</summary>
    public IReadOnlyList<ChannelCompleteness> Summaries => [.. summaries.Values.SelectMany(own => own)];

    /// <summary>What is said of a gateway has changed. Called from the thread that counted; must return soon.</summary>
    public event Action? Changed;

    private long NowMs => time.GetUtcNow().ToUnixTimeMilliseconds();

    /// <summary>Counts what has changed, until told to stop.</summary>
    /// <param name="cancellationToken">Tells it. Ends the task without an exception.</param>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var forgottenAt = time.GetTimestamp();
        try
        {
            while (true)
            {
                await Task.Delay(Tick, time, cancellationToken);
                try
                {
                    await CountAllAsync(cancellationToken);
                    if (time.GetElapsedTime(forgottenAt) >= ForgetEvery)
                    {
                        forgottenAt = time.GetTimestamp();
                        keeper.Forget(NowMs);
                    }
                }
                catch (Exception e) when (e is not OperationCanceledException)
                {
                    // Nothing is lost by it: the days stay marked. And whatever it is, values go on being stored.
                    logger.LogError("The completeness ledger cannot be brought up to date: {Reason}. It is tried again.", e.Message);
                    await Task.Delay(RestAfterFailure, time, cancellationToken);
                }
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // Asked to stop.
        }
    }

    /// <summary>Counts everything that has changed, now.</summary>
    internal void Bring()
    {
        keeper.TakeNews(NowMs);
        foreach (var gateway in keeper.Dirty())
        {
            while (keeper.Count(gateway, NowMs) is { } changed)
            {
                Tell(gateway, changed);
            }
        }
    }

    /// <inheritdoc/>
    public void Stored(SqliteTransaction transaction, IReadOnlyList<Point> points) =>
        new FactWriter(transaction, grid, NowMs).Stored(points);

    /// <inheritdoc/>
    public void Unstored(SqliteTransaction transaction, string gateway, string epoch, SequenceRange numbers) =>
        new FactWriter(transaction, grid, NowMs).Unstored(gateway, epoch, numbers);

    /// <inheritdoc/>
    public void Committed()
    {
        // The loop sees what was committed.
    }

    /// <inheritdoc/>
    public void State(GatewayName gateway, StateMessage state)
    {
        // Kept by ingest, and read from there: so that a crash in between costs nothing.
    }

    /// <inheritdoc/>
    public void Health(GatewayName gateway, ReadOnlyMemory<byte> health)
    {
        // As a state.
    }

    /// <inheritdoc/>
    public void Meta(GatewayName gateway, ReadOnlyMemory<byte> meta)
    {
        // As a state.
    }

    /// <inheritdoc/>
    public void Event(GatewayName gateway, EventMessage message)
    {
        // As a state.
    }

    /// <inheritdoc/>
    public void Dispose() => connection.Dispose();

    // Each gateway rests by itself, so that one with much to count delays the others by a stretch at most. So does one whose
    // days cannot be counted.
    private async Task CountAllAsync(CancellationToken cancellationToken)
    {
        await Task.Run(() => keeper.TakeNews(NowMs), cancellationToken);
        foreach (var gateway in await Task.Run(keeper.Dirty, cancellationToken))
        {
            if (resting.TryGetValue(gateway, out var until) && time.GetTimestamp() < until)
            {
                continue;
            }

            var (spent, failure) = await Task.Run(() => Count(gateway), cancellationToken);
            if (failure is not null)
            {
                logger.LogError(
                    "The completeness ledger cannot count the days of {Gateway}: {Reason}. It is tried again.", gateway, failure.Message);
            }

            var rest = spent * RestFactor;
            Rest(gateway, failure is null || rest > RestAfterFailure ? rest : RestAfterFailure);
            await Task.Delay(spent * RestOfAllFactor, time, cancellationToken);
        }
    }

    private (TimeSpan Spent, Exception? Failure) Count(string gateway)
    {
        var before = ThreadTime.Spent;
        try
        {
            Tell(gateway, keeper.Count(gateway, NowMs) == true);
            return (ThreadTime.Spent - before, null);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            return (ThreadTime.Spent - before, e);
        }
    }

    private void Rest(string gateway, TimeSpan rest) =>
        resting[gateway] = time.GetTimestamp() + (long)(rest.TotalSeconds * time.TimestampFrequency);

    private void Tell(string gateway, bool changed)
    {
        // Where nothing changed it may still be another day.
        summaries[gateway] = keeper.Summaries(gateway, NowMs);
        if (changed)
        {
            Changed?.Invoke();
        }
    }
}

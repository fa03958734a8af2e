using Microsoft.Data.Sqlite;
using PondSentinel.Backend.Broker;
using PondSentinel.Backend.Storage;
using PondSentinel.Terminal;
using PondSentinel.Wire;

namespace PondSentinel.Backend.Ingest;

/// <summary>Takes what gateways publish, stores it once, acknowledges only what is stored, and gives receipts.</summary>
/// <remarks>
/// One loop owns all state: it hands messages to their lanes and waits for the next message, the end of a write, of a
/// publication, or a second. Only writes and publications run beside it, so that a store that does not answer holds up
/// neither events nor questions for the time. README.md of this folder tells the order of steps and what each crash leaves.
/// </remarks>
public sealed class IngestWorker
{
    private static readonly TimeSpan Tick = TimeSpan.FromSeconds(1);
    // A commit on a slow disk, several of them; what asks the store and the broker runs beside the loop.
    private static readonly TimeSpan TurnMax = TimeSpan.FromMinutes(5);

    private static readonly TimeSpan OthersMax = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan ForgetRevisionsEvery = TimeSpan.FromHours(1);
    private static readonly TimeSpan WaitedEvery = TimeSpan.FromMinutes(1);

    private readonly string backendId;
    private readonly string folder;
    private readonly IBrokerLink link;
    private readonly StateDatabase database;
    private readonly IMeasurementStore store;
    private readonly IReadOnlyList<IIngestObserver> observers;
    private readonly TimeProvider time;
    private readonly ILogger logger;
    private readonly TimeAnswers answers;
    private readonly Quotas quotas;
    private readonly WatchedLoop? loop;

    /// <summary>Makes a worker; nothing happens before <see cref="RunAsync"/>.</summary>
    /// <param name="backendId">The backend's name: <c>by</c> of its receipts.</param>
    /// <param name="folder">For the archive and the dead letters.</param>
    /// <param name="connection">The connection to the broker; run by this worker.</param>
    /// <param name="database">The state.</param>
    /// <param name="store">The store.</param>
    /// <param name="observers">See what was accepted.</param>
    /// <param name="time">The clock.</param>
    /// <param name="loggers">The journal.</param>
    /// <param name="wallClock">Whether the machine's time may be given to gateways. Default: what the kernel says.</param>
    /// <param name="loop">Told of each turn, whatever store and broker say; null where nobody watches.</param>
    public IngestWorker(
        string backendId,
        string folder,
        IBrokerLink connection,
        StateDatabase database,
        IMeasurementStore store,
        IReadOnlyList<IIngestObserver> observers,
        TimeProvider time,
        ILoggerFactory loggers,
        IWallClock? wallClock = null,
        WatchedLoop? loop = null)
        : this(backendId, folder, connection, database, store, observers, time, loggers, wallClock, new Quotas(), loop)
    {
    }

    internal IngestWorker(
        string backendId,
        string folder,
        IBrokerLink connection,
        StateDatabase database,
        IMeasurementStore store,
        IReadOnlyList<IIngestObserver> observers,
        TimeProvider time,
        ILoggerFactory loggers,
        IWallClock? wallClock,
        Quotas quotas,
        WatchedLoop? loop = null)
    {
        this.loop = loop;
        (this.backendId, this.folder, link, this.database) = (backendId, folder, connection, database);
        (this.store, this.observers, this.time, this.quotas) = (store, observers, time, quotas);
        logger = loggers.CreateLogger<IngestWorker>();
        answers = new TimeAnswers(connection, wallClock ?? new KernelWallClock(), time);
    }

    /// <summary>Connects and works until told to stop.</summary>
    /// <param name="cancellationToken">Tells it. Ends the task without an exception.</param>
    /// <exception cref="IOException">The state database cannot be used; the message says why and what to do.</exception>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        await using var connection = database.Connect();
        ReceiptNumbers numbers;
        using (var transaction = connection.BeginTransaction())
        {
            new IngestTables(transaction).Create();
            new RefusalBook(transaction).Begin(new LetterFolder(folder), logger);
            numbers = ReceiptNumbers.Begin(transaction, time.GetUtcNow());
            transaction.Commit();
        }

        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var running = link.RunAsync(stop.Token);
        var work = WorkAsync(Parts(connection, numbers), stop.Token);
        try
        {
            await await Task.WhenAny(running, work);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
        }
        finally
        {
            await stop.CancelAsync();
            await Task.WhenAll(running, work).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private IngestParts Parts(SqliteConnection connection, ReceiptNumbers numbers)
    {
        var letters = new DeadLetters(folder, time, quotas.LetterBytesADay);
        var state = new DurableState(connection, time, logger);
        var dictionaries = state.Read(transaction => new DictionaryBook(transaction));
        return new IngestParts
        {
            State = state,
            Dictionaries = dictionaries,
            Inbox = link.Incoming,
            Growth = new GatewayBuckets(quotas.RowsADay / TimeSpan.FromDays(1).TotalSeconds, quotas.RowsADay, time),
            Store = store,
            Archive = new BatchArchive(Path.Combine(folder, RefusedFolder.Archive), time),
            Letters = letters,
            Refusals = new RefusalJournal(time, logger),
            Refused = new RefusedMessages(folder, time, quotas.RefusedBytesADay),
            Doubts = new DoubtBook(time),
            Receipts = new ReceiptBook(backendId, database.CreatedMs, numbers, dictionaries, time),
            Replays = new ReplayBook(backendId, quotas.Epochs, time),
            Observers = observers,
            Quotas = quotas,
            Time = time,
            Logger = logger,
        };
    }

    private async Task WorkAsync(IngestParts parts, CancellationToken cancellationToken)
    {
        var data = new DataLane(parts);
        var control = new ControlLane(parts);
        var receipts = new ReceiptLane(parts, link);
        var replays = new ReplayLane(parts, link);
        using var letters = new LetterLane(parts, new LetterFolder(folder));
        using var again = new AgainLane(parts, new RefusedFolder(folder), File.Delete);
        try
        {
            await LoopAsync(parts, data, control, letters, again, receipts, replays, cancellationToken);
        }
        finally
        {
            loop?.End();

            // Whoever owns the store may take it away after this.
            foreach (var task in new Task?[] { data.Writing, letters.Writing, receipts.Publishing, replays.Publishing }.OfType<Task>())
            {
                await task.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private async Task LoopAsync(
        IngestParts parts,
        DataLane data,
        ControlLane control,
        LetterLane letters,
        AgainLane again,
        ReceiptLane receipts,
        ReplayLane replays,
        CancellationToken cancellationToken)
    {
        var surplus = new SurplusLog(parts);
        var revisionsForgottenAt = time.GetTimestamp();
        var waitedAt = time.GetTimestamp();
        Task? arrival = null;
        Task? tick = null;
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            loop?.Turn(TurnMax);

            // Before the work, so that what falls due meanwhile is seen afterwards.
            if (tick is not { IsCompleted: false })
            {
                tick = Task.Delay(Tick, time, cancellationToken);
                await surplus.TakeAsync(cancellationToken);
            }

            // Also before the work: what is offered during it completes the next one.
            arrival = arrival is { IsCompleted: false } ? arrival : parts.Inbox.WaitAsync(cancellationToken);
            await TakeArrivedAsync(parts, control, cancellationToken);

            // Never both at once: a letter must not be read from a file while another is appended to it.
            if (letters.Writing is null)
            {
                await TakeAgainAsync(again, control, cancellationToken);
                data.Begin(again, cancellationToken);
            }

            if (data.Writing is null)
            {
                letters.Begin(cancellationToken);
            }

            await receipts.BeginAsync(cancellationToken);
            replays.Begin(cancellationToken);
            if (time.GetElapsedTime(revisionsForgottenAt) >= ForgetRevisionsEvery)
            {
                revisionsForgottenAt = time.GetTimestamp();
                await parts.State.CommitAsync(
                    transaction => new RevisionBook(transaction).Forget(time.GetUtcNow()), null, cancellationToken);
            }

            if (time.GetElapsedTime(waitedAt) >= WaitedEvery)
            {
                waitedAt = time.GetTimestamp();
                await TellWaitedAsync(parts, cancellationToken);
            }

            // Events that wait while letters are being written are taken when that is done.
            var more = parts.Inbox.HasOthers || (again.HasEvent && letters.Writing is null) ? Task.CompletedTask : arrival;
            await Task.WhenAny(new Task?[] { more, tick, data.Writing, letters.Writing, receipts.Publishing }.OfType<Task>());
            if (data.Writing is { IsCompleted: true })
            {
                await data.FinishAsync(cancellationToken);
            }

            if (letters.Writing is { IsCompleted: true })
            {
                await letters.FinishAsync(cancellationToken);
            }
        }
    }

    // Those that were refused once have the same time as those that arrive.
    private async Task TakeAgainAsync(AgainLane again, ControlLane control, CancellationToken cancellationToken)
    {
        var begun = time.GetTimestamp();
        again.ReadOn();
        while (time.GetElapsedTime(begun) < OthersMax && again.Event is { } message)
        {
            await control.TakeAsync(message.Delivery, message.Topic, cancellationToken);
            again.ReadOn();
        }
    }

    // Without a connection to the broker nothing is heard of anybody, and that says nothing of them.
    private async Task TellWaitedAsync(IngestParts parts, CancellationToken cancellationToken)
    {
        if (link.ConnectedSince is not { } since)
        {
            return;
        }

        await parts.State.CommitAsync(
            transaction =>
            {
                foreach (var observer in observers)
                {
                    observer.Waited(transaction, since);
                }
            },
            null,
            cancellationToken);
        foreach (var observer in observers)
        {
            observer.WaitCommitted();
        }
    }

    private async Task TakeArrivedAsync(IngestParts parts, ControlLane control, CancellationToken cancellationToken)
    {
        // A flood of them, each with a commit of its own, must not keep the loop from batches.
        var begun = time.GetTimestamp();
        while (time.GetElapsedTime(begun) < OthersMax && parts.Inbox.TryTakeOther(out var arrival))
        {
            var topic = arrival.Topic;
            parts.Receipts.Hear(topic);
            var delivery = parts.Dictionaries.Opened(arrival.Delivery, topic);
            if (topic.Kind == TopicKind.Time)
            {
                answers.Answer(delivery.Payload.Span, topic, cancellationToken);
                delivery.Acknowledge();
            }
            else
            {
                await control.TakeAsync(delivery, topic, cancellationToken);
            }
        }
    }
}

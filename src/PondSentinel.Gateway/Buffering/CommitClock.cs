namespace PondSentinel.Gateway.Buffering;

/// <summary>Says when to commit and when to save the ledger.</summary>
/// <remarks>Thread-safe on its own. Its waiter is one.</remarks>
internal sealed class CommitClock : IDisposable
{
    private readonly TimeProvider time;
    private readonly TimeSpan window;
    private readonly Lock gate = new();
    private readonly SemaphoreSlim wake = new(0);
    private readonly ITimer commitTimer;
    private readonly ITimer saveTimer;
    private bool isWaiting;
    private bool isClosed;
    private bool saveDue;
    private bool saveWanted;

    /// <summary>Begins.</summary>
    /// <param name="time">The clock.</param>
    /// <param name="window">Longest time that anything waits for its commit.</param>
    public CommitClock(TimeProvider time, TimeSpan window)
    {
        this.time = time;
        this.window = window;
        commitTimer = Timer(() => { });
        saveTimer = Timer(() => saveDue = saveWanted);
    }

    /// <summary>How long what need not be durable at once waits to be saved: 60 s. What is settled and not saved is sent
    /// again after a power cut; saving each receipt would cost the card more than the records do.</summary>
    public static TimeSpan SaveWindow { get; } = TimeSpan.FromSeconds(60);

    /// <summary>How long a card that took nothing is left alone, unless something new comes: 10 s.</summary>
    public static TimeSpan RetryWindow { get; } = TimeSpan.FromSeconds(10);

    /// <summary>Whether the ledger has to be saved now.</summary>
    public bool IsSaveDue
    {
        get
        {
            lock (gate)
            {
                return saveDue;
            }
        }
    }

    /// <summary>Whether there is anything to save.</summary>
    public bool IsSaveWanted
    {
        get
        {
            lock (gate)
            {
                return saveWanted;
            }
        }
    }

    /// <summary>Waits until there is something to do.</summary>
    /// <returns>False when it was closed.</returns>
    public async Task<bool> WaitAsync()
    {
        await wake.WaitAsync().ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        lock (gate)
        {
            return !isClosed;
        }
    }

    /// <summary>Takes note of something that waits for a commit.</summary>
    /// <param name="urgent">Whether it cannot wait for the window.</param>
    public void NoteAppend(bool urgent)
    {
        lock (gate)
        {
            if (urgent || window <= TimeSpan.Zero)
            {
                Wake();
            }
            else if (!isWaiting)
            {
                isWaiting = true;
                commitTimer.Change(window, Timeout.InfiniteTimeSpan);
            }
        }
    }

    /// <summary>Takes note of a commit: nothing waits any more.</summary>
    public void NoteCommit()
    {
        lock (gate)
        {
            isWaiting = false;
            commitTimer.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }
    }

    /// <summary>Wants another commit although nothing new may come: the card did not take all.</summary>
    public void TryAgain()
    {
        lock (gate)
        {
            isWaiting = true;
            commitTimer.Change(RetryWindow, Timeout.InfiniteTimeSpan);
        }
    }

    /// <summary>Wants the ledger saved within the window.</summary>
    public void SaveLater()
    {
        lock (gate)
        {
            if (!saveWanted)
            {
                saveWanted = true;
                saveTimer.Change(SaveWindow, Timeout.InfiniteTimeSpan);
            }
        }
    }

    /// <summary>Wants the ledger saved at once.</summary>
    public void SaveNow()
    {
        lock (gate)
        {
            (saveWanted, saveDue) = (true, true);
            Wake();
        }
    }

    /// <summary>Takes note of what is about to be saved: nothing is wanted any more.</summary>
    public void NoteSave()
    {
        lock (gate)
        {
            (saveWanted, saveDue) = (false, false);
            saveTimer.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }
    }

    /// <summary>Ends the wait for good.</summary>
    public void Close()
    {
        lock (gate)
        {
            isClosed = true;
            wake.Release();
        }
    }

    /// <summary>Lets go of everything. Nobody waits any more.</summary>
    public void Dispose()
    {
        commitTimer.Dispose();
        saveTimer.Dispose();
        wake.Dispose();
    }

    private ITimer Timer(Action elapsed) => time.CreateTimer(
        _ =>
        {
            lock (gate)
            {
                elapsed();
                Wake();
            }
        },
        null,
        Timeout.InfiniteTimeSpan,
        Timeout.InfiniteTimeSpan);

    // One wake-up is enough for whatever has come together.
    private void Wake()
    {
        if (!isClosed && wake.CurrentCount == 0)
        {
            wake.Release();
        }
    }
}

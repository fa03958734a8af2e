namespace PondSentinel.Gateway.Uplink;

/// <summary>Who goes first over a thin link. The order of the members is the order of importance.</summary>
internal enum SendPriority
{
    /// <summary>State, meta, time and health: few, small, and what the others are understood by.</summary>
    Control,

    /// <summary>Events.</summary>
    Event,

    /// <summary>Records since the link came up.</summary>
    Live,

    /// <summary>All other records.</summary>
    Backlog,
}

/// <summary>The messages that the broker takes without having answered the ones before (Receive Maximum). A slot that comes
/// free goes to the most important who waits, and among equals to the first.</summary>
/// <remarks>Thread-safe.</remarks>
internal sealed class SendSlots
{
    private readonly Lock gate = new();
    private readonly LinkedList<Waiter> waiting = new();
    private int free;

    /// <summary>Makes the slots, all free.</summary>
    /// <param name="count">How many, 1 or more.</param>
    public SendSlots(int count)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        free = count;
    }

    /// <summary>Takes a slot as soon as there is one.</summary>
    /// <param name="priority">How important it is.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <exception cref="OperationCanceledException">Stopped.</exception>
    public async Task EnterAsync(SendPriority priority, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        Waiter waiter;
        lock (gate)
        {
            if (free > 0)
            {
                free--;
                return;
            }

            waiter = new Waiter(priority);
            Queue(waiter);
        }

        await using var registration = cancellationToken.Register(() => GiveUp(waiter, cancellationToken));
        await waiter.Turn.Task;
    }

    /// <summary>Gives a slot back.</summary>
    public void Leave()
    {
        Waiter? next;
        lock (gate)
        {
            next = waiting.First?.Value;
            if (next is null)
            {
                free++;
                return;
            }

            waiting.RemoveFirst();
        }

        // Whoever is in the list has not given up: giving up takes out of the list first, under the same lock.
        next.Turn.SetResult();
    }

    private void Queue(Waiter waiter)
    {
        var before = waiting.First;
        while (before is not null && before.Value.Priority <= waiter.Priority)
        {
            before = before.Next;
        }

        if (before is null)
        {
            waiting.AddLast(waiter);
        }
        else
        {
            waiting.AddBefore(before, waiter);
        }
    }

    private void GiveUp(Waiter waiter, CancellationToken cancellationToken)
    {
        lock (gate)
        {
            if (!waiting.Remove(waiter))
            {
                return;
            }
        }

        waiter.Turn.SetCanceled(cancellationToken);
    }

    private sealed class Waiter(SendPriority priority)
    {
        public SendPriority Priority { get; } = priority;

        public TaskCompletionSource Turn { get; } = new();
    }
}

using System.Diagnostics;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace PondSentinel.Sensors.Buses.Serial;

/// <summary>Waits until a descriptor can be read or written, in a thread of its own that sleeps in <c>poll</c>.</summary>
/// <remarks>
/// <para>One thread for each line: it costs a small stack and no processor time. The alternatives are worse: a wait in the
/// thread pool takes one of the two or four threads of a Pi for a second at a time, and looking every few milliseconds wakes
/// the processor for nothing.</para>
/// <para>One wait at a time. It ends only when the thread has left <c>poll</c>, so its caller may close the descriptor. Who has
/// waited goes on in this thread: to change to another one and back takes longer than a Modbus request at 115,200 baud.</para>
/// <para>Disposing ends a wait, from any thread.</para>
/// </remarks>
/// <param name="name">Name of the thread.</param>
internal sealed class PollThread(string name) : IDisposable
{
    // All that a poll does besides waiting may run on it.
    private const int StackBytes = 1024 * 1024;

    // Slept so long at once; a wait without end is one of many.
    private static readonly TimeSpan SleepMax = TimeSpan.FromHours(1);

    private readonly object gate = new();
    private readonly SafeFileHandle wake = Libc.CreateEvent();
    private Thread? thread;
    private Wait? next;
    private volatile bool stopped;

    /// <summary>Waits.</summary>
    /// <param name="file">The descriptor; must stay open until this is done.</param>
    /// <param name="events">What to wait for; a hang-up always counts.</param>
    /// <param name="timeout">How long, on the kernel's monotonic clock.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>Whether it is ready: false where the time was up, the wait was cancelled or this was disposed of.</returns>
    public async ValueTask<bool> WaitAsync(
        SafeFileHandle file, short events, TimeSpan timeout, CancellationToken cancellationToken)
    {
        var wait = new Wait((int)file.DangerousGetHandle(), events, timeout, cancellationToken);
        lock (gate)
        {
            if (stopped)
            {
                return false;
            }

            if (thread is null)
            {
                thread = new Thread(Run, StackBytes) { IsBackground = true, Name = name };
                thread.Start();
            }

            next = wait;
            Monitor.Pulse(gate);
        }

        using (cancellationToken.UnsafeRegister(static self => ((PollThread)self!).Wake(), this))
        {
            return await wait.Done.Task;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (gate)
        {
            stopped = true;
            Monitor.Pulse(gate);
        }

        Wake();
        if (thread != Thread.CurrentThread)
        {
            thread?.Join();
        }

        lock (gate)
        {
            wake.Dispose();
        }
    }

    private void Wake()
    {
        lock (gate)
        {
            if (!wake.IsClosed)
            {
                // The counter cannot be full, and an event that is set already needs no second one.
                _ = Libc.Write(wake, [1, 0, 0, 0, 0, 0, 0, 0]);
            }
        }
    }

    private void Run()
    {
        while (true)
        {
            Wait wait;
            lock (gate)
            {
                while (next is null && !stopped)
                {
                    Monitor.Wait(gate);
                }

                if (next is null)
                {
                    return;
                }

                (wait, next) = (next, null);
            }

            var error = Sleep(wait, out var ready);
            if (error == 0)
            {
                wait.Done.SetResult(ready);
            }
            else
            {
                wait.Done.SetException(new IOException($"poll: {Marshal.GetPInvokeErrorMessage(error)}"));
            }
        }
    }

    // The reasons to stop are looked at before each sleep and announced after they are set, so none is slept through.
    private int Sleep(Wait wait, out bool ready)
    {
        Span<Libc.PollFile> files =
        [
            new Libc.PollFile { Descriptor = wait.Descriptor, Events = wait.Events },
            new Libc.PollFile { Descriptor = (int)wake.DangerousGetHandle(), Events = Libc.PollIn },
        ];
        Span<byte> counter = stackalloc byte[sizeof(ulong)];
        ready = false;
        var begun = Stopwatch.GetTimestamp();
        while (!stopped && !wait.Cancellation.IsCancellationRequested)
        {
            var left = wait.Timeout - Stopwatch.GetElapsedTime(begun);
            if (left <= TimeSpan.Zero)
            {
                return 0;
            }

            if (Libc.Poll(files, left < SleepMax ? left : SleepMax) < 0)
            {
                if (Marshal.GetLastPInvokeError() is var error and not Errno.Interrupted)
                {
                    return error;
                }

                continue;
            }

            if (files[1].Happened != 0)
            {
                _ = Libc.Read(wake, counter);
            }

            if (files[0].Happened != 0)
            {
                ready = true;
                return 0;
            }
        }

        return 0;
    }

    private sealed class Wait(int descriptor, short events, TimeSpan timeout, CancellationToken cancellation)
    {
        public int Descriptor { get; } = descriptor;

        public short Events { get; } = events;

        public TimeSpan Timeout { get; } = timeout;

        public CancellationToken Cancellation { get; } = cancellation;

        public TaskCompletionSource<bool> Done { get; } = new();
    }
}

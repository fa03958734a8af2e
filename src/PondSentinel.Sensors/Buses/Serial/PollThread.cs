using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace PondSentinel.Sensors.Buses.Serial;

/// <summary>Waits until a descriptor can be read or written, in a thread of its own that sleeps in <c>poll</c>.</summary>
/// <remarks>
/// <para>One thread for each line: it costs a small stack and no processor time. The alternatives are worse: a wait in the
/// thread pool takes one of the two or four threads of a Pi for a second at a time, and looking every few milliseconds wakes
/// the processor for nothing.</para>
/// <para>One wait at a time. It ends only when the thread has left <c>poll</c>, so its caller may close the descriptor.
/// Disposing ends a wait, from any thread.</para>
/// </remarks>
/// <param name="name">Name of the thread.</param>
internal sealed class PollThread(string name) : IDisposable
{
    private const int StackBytes = 256 * 1024;

    private readonly object gate = new();
    private readonly SafeFileHandle wake = Libc.CreateEvent();
    private Thread? thread;
    private Wait? next;
    private volatile bool stopped;

    /// <summary>Waits.</summary>
    /// <param name="file">The descriptor; must stay open until this is done.</param>
    /// <param name="events">What to wait for; a hang-up always counts.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>Whether it is ready: false where the wait was cancelled or this was disposed of.</returns>
    public async ValueTask<bool> WaitAsync(SafeFileHandle file, short events, CancellationToken cancellationToken)
    {
        var wait = new Wait((int)file.DangerousGetHandle(), events, cancellationToken);
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
        thread?.Join();
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
        while (!stopped && !wait.Cancellation.IsCancellationRequested)
        {
            if (Libc.Poll(files, timeoutMs: -1) < 0)
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

    private sealed class Wait(int descriptor, short events, CancellationToken cancellation)
    {
        public int Descriptor { get; } = descriptor;

        public short Events { get; } = events;

        public CancellationToken Cancellation { get; } = cancellation;

        // The continuation must not run in the thread, which could then be asked to join itself.
        public TaskCompletionSource<bool> Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}

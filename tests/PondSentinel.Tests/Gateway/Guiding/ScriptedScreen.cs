using PondSentinel.Gateway.Guiding;

namespace PondSentinel.Tests.Gateway.Guiding;

/// <summary>A person who types a line whenever something is seen.</summary>
/// <param name="script">What is waited for, and what is typed then, perhaps several lines; null for going away.</param>
internal sealed class ScriptedScreen(params IEnumerable<(string Seen, string? Typed)> script) : IGuideScreen
{
    private readonly Queue<(string Seen, string? Typed)> script = new(script);
    private readonly List<string> said = [];
    private readonly Queue<string> typedAhead = [];
    private string fresh = "";
    private int pictures;
    private TaskCompletionSource<string?>? wanted;

    public int ColumnsMax { get; init; } = 80;

    public int LinesMax { get; init; } = 23;

    /// <summary>All that was said, without pictures.</summary>
    public string Said => string.Join('\n', said);

    /// <summary>The last picture.</summary>
    public IReadOnlyList<string> Picture { get; private set; } = [];

    /// <summary>What is still to be typed.</summary>
    public int Left => script.Count;

    /// <summary>Called with what was seen before something is typed.</summary>
    public Action<string>? Answered { get; set; }

    public void Say(string line)
    {
        said.Add(line);
        See(line);
    }

    public void Draw(IReadOnlyList<string> lines)
    {
        // Time takes none here, so what is waited for in vain would be waited for without end.
        Assert.True(++pictures < 10_000, $"Not seen: {script.FirstOrDefault().Seen}\n{Said}\n{string.Join('\n', lines)}");
        Picture = lines;
        See(string.Join('\n', lines));
    }

    public Task<string?> NextLineAsync()
    {
        if (typedAhead.TryDequeue(out var ahead))
        {
            return Task.FromResult<string?>(ahead);
        }

        wanted = new TaskCompletionSource<string?>();
        var task = wanted.Task;
        Answer();
        return task;
    }

    private void See(string text)
    {
        fresh += $"{text}\n";
        Answer();
    }

    private void Answer()
    {
        if (wanted is { } asked && script.TryPeek(out var next) && fresh.Contains(next.Seen, StringComparison.Ordinal))
        {
            script.Dequeue();
            (wanted, fresh) = (null, "");
            Answered?.Invoke(next.Seen);
            var lines = next.Typed?.Split('\n') ?? [];
            foreach (var line in lines.Skip(1))
            {
                typedAhead.Enqueue(line);
            }

            asked.SetResult(lines.FirstOrDefault());
        }
    }
}

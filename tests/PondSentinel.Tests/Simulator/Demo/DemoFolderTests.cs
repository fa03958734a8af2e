using PondSentinel.Simulator.Demo;

namespace PondSentinel.Tests.Simulator.Demo;

public sealed class DemoFolderTests : IDisposable
{
    private readonly string root = Directory.CreateTempSubdirectory("pond-folder-").FullName;

    private string Chosen => Path.Combine(root, "pond");

    public void Dispose() => Directory.Delete(root, recursive: true);

    [Fact]
    public void New_folder_begins_with_the_seed_that_was_asked_for()
    {
        using var folder = DemoFolder.Open(Options(seed: 7));
        Assert.Equal(new SiteState(7, 0, 0), folder.Start);
        Assert.False(folder.IsTemporary);
        Assert.True(Directory.Exists(folder.Lines));
    }

    [Fact]
    public void Second_start_goes_on_where_the_first_stopped()
    {
        var stopped = new SiteState(7, 5400.5, 40123);
        using (var folder = DemoFolder.Open(Options(seed: 7)))
        {
            folder.Save(stopped);
        }

        using var again = DemoFolder.Open(Options());
        Assert.Equal(stopped, again.Start);
    }

    [Fact]
    public void Folder_without_a_name_is_removed_at_the_end()
    {
        var folder = DemoFolder.Open(Options() with { Folder = null });
        Assert.True(folder.IsTemporary);
        folder.Save(new SiteState(1, 1, 1));
        folder.Dispose();
        Assert.False(Directory.Exists(folder.Path));
    }

    [Fact]
    public void Folder_in_use_is_refused()
    {
        using var folder = DemoFolder.Open(Options());
        Assert.Equal(
            $"{Chosen} is in use by another demo. End that one, or name another folder with --data DIR.",
            Refused(Options()));
    }

    [Fact]
    public void Folder_of_another_world_is_refused()
    {
        Write("""{"seed":7,"simulated_seconds":10,"webhook_port":0}""");
        Assert.Equal(
            $"{Chosen} holds the site of seed 7. Leave --seed out, or name another folder with --data DIR.",
            Refused(Options(seed: 8)));
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("{")]
    [InlineData("""{"seed":-1,"simulated_seconds":0,"webhook_port":0}""")]
    [InlineData("""{"seed":1,"simulated_seconds":-1,"webhook_port":0}""")]
    [InlineData("""{"seed":1,"simulated_seconds":1e300,"webhook_port":0}""")]
    [InlineData("""{"seed":1,"simulated_seconds":0,"webhook_port":65536}""")]
    public void State_that_says_nothing_is_refused(string state)
    {
        Write(state);
        Assert.Equal(
            $"{Path.Combine(Chosen, "site.json")} does not say where the site stopped. Name another folder with --data DIR, or empty this one.",
            Refused(Options()));
    }

    [Fact]
    public void End_that_the_site_has_passed_is_refused()
    {
        Write("""{"seed":1,"simulated_seconds":5400,"webhook_port":0}""");
        Assert.Equal(
            $"The site in {Chosen} already stands at 01:30 of simulated time. Name a later time with --until.",
            Refused(Options() with { Until = TimeSpan.FromMinutes(90) }));
    }

    [Fact]
    public void Folder_that_cannot_be_made_is_refused()
    {
        File.WriteAllText(Chosen, "");
        Assert.StartsWith($"{Chosen} cannot be written: ", Refused(Options()), StringComparison.Ordinal);
        Assert.EndsWith("Name another folder with --data DIR.", Refused(Options()), StringComparison.Ordinal);
    }

    [Fact]
    public void Refused_folder_is_let_go()
    {
        Write("{");
        Refused(Options());
        Write("""{"seed":1,"simulated_seconds":60,"webhook_port":0}""");
        using var folder = DemoFolder.Open(Options());
        Assert.Equal(60, folder.Start.SimulatedSeconds);
    }

    private DemoOptions Options(ulong? seed = null) => new() { Speed = 60, Port = 0, Seed = seed, Folder = Chosen };

    private void Write(string state)
    {
        Directory.CreateDirectory(Chosen);
        File.WriteAllText(Path.Combine(Chosen, "site.json"), state);
    }

    private static string Refused(DemoOptions options) =>
        Assert.Throws<DemoObstacleException>(() => DemoFolder.Open(options)).Message;
}

using System.Text;
using PondSentinel.Gateway.Applying;
using PondSentinel.Gateway.Buffering;
using PondSentinel.Gateway.Configuration;
using PondSentinel.Tests.Gateway.Buffering;
using PondSentinel.Tests.Gateway.Configuration;

namespace PondSentinel.Tests.Gateway.Applying;

public sealed class TriedConfigurationTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("tried").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    private string File => Path.Combine(folder, "gateway.toml");

    [Fact]
    public void What_was_refused_is_passed_over_until_the_file_is_another()
    {
        Write("bad.example.org");
        var bad = GatewayConfigurationFile.Load(File);
        Note(bad, TrialState.Refused);

        var stands = TriedConfiguration.Load(File);
        Assert.Equal(("good.example.org", true), (stands.Configuration!.Uplink!.Host, stands.StandsIn));
        Assert.Equal(("good.example.org", true), Started());

        Write("better.example.org");
        Assert.Equal(("better.example.org", false), Started());
        Assert.False(TriedConfiguration.Load(File).StandsIn);
    }

    [Fact]
    public void Settings_that_end_the_gateway_at_each_start_are_refused_at_the_fourth()
    {
        Write("bad.example.org");
        Note(GatewayConfigurationFile.Load(File), TrialState.Armed);

        Assert.Equal(
            [("bad.example.org", false), ("bad.example.org", false), ("bad.example.org", false), ("good.example.org", true), ("good.example.org", true)],
            Enumerable.Range(0, 5).Select(_ => Started()));
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("{\"v\":2}")]
    [InlineData("{\"v\":1,\"tried\":7}")]
    [InlineData("{\"v\":1,\"tried\":\"x\",\"previous\":\"y\",\"within_s\":1,\"state\":\"hopeful\",\"starts\":0}")]
    [InlineData("{\"v\":1,\"tried\":\"x\",\"previous\":null,\"within_s\":1,\"state\":\"trying\",\"starts\":0}")]
    [InlineData("{\"v\":1,\"tried\":\"x\",\"previous\":\"y\",\"within_s\":1e99,\"state\":\"trying\",\"starts\":0}")]
    public void Note_that_cannot_be_read_is_none(string bytes)
    {
        var card = new SimulatedCard();
        Assert.Null(new WholeFile(card, "note", TrialFile.BytesMax).Write(Encoding.UTF8.GetBytes(bytes)));

        Assert.Null(new TrialFile(new WholeFile(card, "note", TrialFile.BytesMax)).Read());
    }

    [Fact]
    public void Note_is_read_as_it_was_written_and_is_gone_when_the_trial_is_over()
    {
        var file = new TrialFile(new WholeFile(new SimulatedCard(), "note", TrialFile.BytesMax));
        var trial = new Trial(new string('a', 64), "[gateway]\nid = \"池塘\"\n", TimeSpan.FromMinutes(5), TrialState.Trying, 2);

        Assert.Null(file.Read());
        Assert.Null(file.Write(trial));
        Assert.Equal(trial, file.Read());
        Assert.Null(file.Write(null));
        Assert.Null(file.Read());
    }

    private (string Host, bool StandsIn) Started()
    {
        var loaded = TriedConfiguration.LoadAtStart(File);
        return (loaded.Configuration!.Uplink!.Host, loaded.StandsIn);
    }

    private void Write(string host) => System.IO.File.WriteAllText(File, Text(host));

    private void Note(LoadedConfiguration tried, TrialState state) => Assert.Null(
        TrialFile.Of(tried.Configuration!).Write(new Trial(tried.Digest, Text("good.example.org"), TimeSpan.FromMinutes(5), state)));

    private string Text(string host) => OneProbe.Text(folder, $"[uplink]\nhost = \"{host}\"");
}

using System.Collections.Concurrent;
using MQTTnet;
using MQTTnet.Protocol;

namespace PondSentinel.Tests.Backend.Broker;

/// <summary>Tries every one of the <see cref="AccessCases"/> at a broker, whichever it is.</summary>
/// <param name="connect">Connects a client of that name, or gives the one that is connected.</param>
internal sealed class AccessTrial(Func<string, Task<IMqttClient>> connect)
{
    private static readonly TimeSpan Enough = TimeSpan.FromSeconds(30);

    /// <summary>What came of publishing.</summary>
    public async Task<IReadOnlyList<(string Client, string Topic, bool IsAllowed)>> PublishAsync()
    {
        List<(string, string, bool)> found = [];
        foreach (var (client, topic, _) in AccessCases.Publishing)
        {
            found.Add((client, topic, await PublishAsync(client, topic)));
        }

        return found;
    }

    /// <summary>What came of reading.</summary>
    public async Task<IReadOnlyList<(string Client, string Filter, string Topic, bool IsAllowed)>> ReadAsync()
    {
        List<(string, string, string, bool)> found = [];
        foreach (var (client, filter, topic, _) in AccessCases.Reading)
        {
            found.Add((client, filter, topic, await ReachesAsync(client, filter, topic)));
        }

        return found;
    }

    private async Task<bool> PublishAsync(string client, string topic)
    {
        var message = new MqttApplicationMessageBuilder()
            .WithTopic(topic).WithPayload("{}").WithQualityOfServiceLevel(MqttQualityOfServiceLevel.AtLeastOnce).Build();
        return (await (await connect(client)).PublishAsync(message, TestContext.Current.CancellationToken)).IsSuccess;
    }

    // What comes last shows that nothing else came before it.
    private async Task<bool> ReachesAsync(string client, string filter, string topic)
    {
        var reader = await connect(client);
        var last = client == AccessCases.Backend ? "pond/v1/last/gz-07/evt" : $"pond/v1/last/{client}/ack";
        var heard = new ConcurrentQueue<string>();
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Task Hear(MqttApplicationMessageReceivedEventArgs message)
        {
            heard.Enqueue(message.ApplicationMessage.Topic);
            if (message.ApplicationMessage.Topic == last)
            {
                ended.TrySetResult();
            }

            return Task.CompletedTask;
        }

        reader.ApplicationMessageReceivedAsync += Hear;
        foreach (var wanted in (string[])[filter, last])
        {
            await reader.SubscribeAsync(wanted, MqttQualityOfServiceLevel.AtLeastOnce, TestContext.Current.CancellationToken);
        }

        if (AccessCases.WriterOf(topic) is { } writer)
        {
            Assert.True(await PublishAsync(writer, topic), $"{writer} cannot publish {topic}.");
        }

        Assert.True(await PublishAsync(AccessCases.WriterOf(last)!, last), last);
        await ended.Task.WaitAsync(Enough, TestContext.Current.CancellationToken);
        foreach (var wanted in (string[])[filter, last])
        {
            await reader.UnsubscribeAsync(wanted, TestContext.Current.CancellationToken);
        }

        reader.ApplicationMessageReceivedAsync -= Hear;
        return heard.Contains(topic);
    }
}

print("the agent")
